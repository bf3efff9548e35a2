import math
import random
import statistics

import pytest

from sluice.gates.statistics.estimate import WalshAverages, estimate
from sluice.gates.statistics.signed_rank import chance_above


def test_the_estimate_is_the_median_of_all_pairwise_means() -> None:
    assert estimate([1.0, 2.0, 6.0], 0.95).point == statistics.median([1, 1.5, 3.5, 2, 4, 6])
    assert estimate([0.0, 4.0], 0.95).point == 2.0
    assert [estimate([float(one)], 0.95).point for one in (3, -3)] == [3.0, -3.0]


def test_eight_differences_are_bounded_by_their_smallest_and_largest_at_99_percent() -> None:
    found = estimate([0.3, -0.1, 0.2, 0.05, 0.11, 0.0, 0.4, 0.25], 0.99)
    assert (found.lower, found.upper, found.size) == (-0.1, 0.4, 8)


def test_too_few_numbers_have_an_infinite_interval() -> None:
    found = estimate([1.0, 2.0], 0.95)
    assert (found.lower, found.upper, found.bounded) == (-math.inf, math.inf, False)


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_holds_exactly_the_centres_that_the_test_does_not_reject(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311 - simulated noise
    numbers = [source.gauss(0, 1) for _ in range(11)]
    found = estimate(numbers, 0.95)
    just = 1e-9
    assert chance_above(numbers, found.lower - just) <= 0.025 < chance_above(numbers, found.lower + just)
    mirrored = [-number for number in numbers]
    assert chance_above(mirrored, -found.upper - just) <= 0.025 < chance_above(mirrored, -found.upper + just)


def test_equal_numbers_have_an_interval_of_no_width() -> None:
    found = estimate([0.0] * 12, 0.95)
    assert (found.point, found.lower, found.upper) == (0.0, 0.0, 0.0)


def test_tied_numbers_are_covered_at_least_as_often_as_stated() -> None:
    source, covered = random.Random(1), 0  # noqa: S311 - simulated noise
    for _ in range(800):
        numbers = [float(source.choice((-2, -1, -1, 0, 0, 0, 1, 1, 2))) for _ in range(12)]
        covered += estimate(numbers, 0.9).holds(0)
    assert covered / 800 >= 0.9


@pytest.mark.parametrize("numbers", [[], [1.0, math.nan], [math.inf]])
def test_no_numbers_or_infinite_ones_are_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        WalshAverages(numbers)
