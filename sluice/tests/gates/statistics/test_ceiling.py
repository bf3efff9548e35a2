import pytest

from sluice.gates.statistics.ceiling import against_ceiling, level
from sluice.gates.statistics.sequential import Outcome


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ([9.0, 9.1, 9.2, 9.3, 9.1, 9.2], Outcome.PASS),
        ([10.0] * 6, Outcome.FAIL),
        ([10.1, 10.2, 10.3, 10.2, 10.4, 10.1], Outcome.FAIL),
        ([9.0, 12.0, 9.5, 12.5, 11.0, 12.0], Outcome.UNDECIDED),
        ([10.5], Outcome.FAIL),
        ([9.5], Outcome.PASS),
        ([9.9, 10.4, 10.5], Outcome.UNDECIDED),
        ([10.1, 10.4, 10.5], Outcome.FAIL),
        ([9.0, 10.0, 11.0], Outcome.UNDECIDED),
    ],
)
def test_a_ceiling_fails_when_the_lower_bound_reaches_it(values: list[float], outcome: Outcome) -> None:
    assert against_ceiling(values, 10.0)[0] is outcome


def test_few_values_are_bounded_by_themselves_at_the_confidence_they_have() -> None:
    found = level([3.0, 1.0, 2.0])
    assert (found.lower, found.upper, found.confidence) == (1.0, 3.0, 0.75)


def test_many_values_are_condensed() -> None:
    found = level([float(value % 100) for value in range(100_000)])
    assert (found.size, found.point, found.confidence) == (48, 49.5, 0.95)


def test_more_values_than_five_have_the_exact_interval_and_not_their_ends() -> None:
    found = level([float(value) for value in range(10)])
    assert (found.lower, found.upper, found.confidence) == (2.0, 7.0, 0.95)


def test_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        level([])
