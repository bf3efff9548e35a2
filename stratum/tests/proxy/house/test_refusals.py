import pytest
from counts import Counts

from loka_stratum.measures import Measures
from loka_stratum.proxy.house.refusals import Refusals


def test_many_refused_shares_are_all_counted_and_make_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    registry = Counts()
    refusals = Refusals(Measures(registry.registry))
    for number in range(1001):
        refusals.count("the disk is full", 100 + number / 100)
    assert registry.value("stratum_shares_refused_total") == 1001
    assert [record.getMessage() for record in caplog.records] == [
        "shares are refused (1 more): the disk is full",
        "shares are refused (1000 more): the disk is full",
    ]
