import pytest
from hypothesis import given
from hypothesis import strategies as st

from loka_stratum.simulate.latencies import Latencies


def test_without_any_there_is_no_percentile() -> None:
    assert Latencies().percentile(0.5) is None


@given(st.lists(st.floats(1e-6, 100), min_size=1, max_size=200), st.sampled_from([0.01, 0.5, 0.99, 1.0]))
def test_a_percentile_is_within_two_hundredths(values: list[float], share: float) -> None:
    latencies = Latencies()
    for value in values:
        latencies.add(value)
    rank = max(1, -(-int(share * 100) * len(values) // 100))
    assert latencies.percentile(share) == pytest.approx(sorted(values)[rank - 1], rel=0.0201)
    assert latencies.largest == max(values)


def test_what_took_no_time_counts_too() -> None:
    latencies = Latencies()
    latencies.add(0)
    assert latencies.count == 1
    assert latencies.percentile(1) == 0
