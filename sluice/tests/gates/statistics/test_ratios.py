import math

import pytest

from sluice.gates.statistics.ratios import as_change, as_log


def test_a_change_and_its_undoing_cancel() -> None:
    assert as_log(0.25) + as_log(-0.2) == pytest.approx(0)


def test_a_change_is_the_same_there_and_back() -> None:
    assert as_change(as_log(0.2)) == pytest.approx(0.2)
    assert as_log(-1.0) == -math.inf
    assert as_change(-math.inf) == -1
    assert as_change(1000) == math.inf
