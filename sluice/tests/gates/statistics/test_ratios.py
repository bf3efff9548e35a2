import math

import pytest

from sluice.gates.statistics.ratios import as_change, as_log, log_ratios


def test_a_change_and_its_undoing_cancel() -> None:
    assert sum(log_ratios([10.0, 12.0], [12.0, 10.0])) == pytest.approx(0)


def test_a_change_is_the_same_there_and_back() -> None:
    assert as_change(as_log(0.2)) == pytest.approx(0.2)
    assert as_log(-1.0) == -math.inf
    assert as_change(-math.inf) == -1
    assert as_change(1000) == math.inf


@pytest.mark.parametrize(("base", "head"), [([0.0], [1.0]), ([1.0], [-1.0]), ([1.0], [math.inf]), ([math.nan], [1.0])])
def test_values_without_a_ratio_are_refused(base: list[float], head: list[float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        log_ratios(base, head)


def test_sides_of_different_lengths_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="1 values of the base can't be paired with 2 of the head"):
        log_ratios([1.0], [1.0, 2.0])
