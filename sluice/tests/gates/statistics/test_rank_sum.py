import itertools
import json
import math
import statistics
from pathlib import Path

import pytest

from sluice.gates.statistics.rank_sum import arrangements, condense, order_of_bound, shift

SCIPY = Path(__file__).parent / "scipy.json"


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (4, 4), (5, 3), (1, 7)])
def test_every_order_of_two_samples_is_counted(first: int, second: int) -> None:
    places = range(first + second)
    found = [0] * (first * second + 1)
    for chosen in itertools.combinations(places, first):
        found[sum(1 for a in chosen for b in places if b not in chosen and b < a)] += 1
    assert arrangements(first, second) == tuple(found)


@pytest.mark.parametrize(("first", "second"), [(3, 4), (8, 8), (16, 16), (10, 7)])
def test_all_arrangements_together_are_the_binomial(first: int, second: int) -> None:
    assert sum(arrangements(first, second)) == math.comb(first + second, first)


def test_the_order_agrees_with_the_printed_table() -> None:
    # The two-sided critical value of U at 5 % for 8 and 8 is 13: the bound is the 14th difference.
    assert order_of_bound(8, 8, 0.95) == 14
    assert order_of_bound(3, 3, 0.95) == 0
    assert order_of_bound(1, 3, 0.5) == 1  # a tail of exactly a quarter is allowed


@pytest.mark.parametrize("case", json.loads(SCIPY.read_text())["rank_sum"], ids=lambda case: f"u {case['u']}")
def test_tails_agree_with_scipy(case: dict[str, float]) -> None:
    counts = arrangements(int(case["first"]), int(case["second"]))
    assert sum(counts[int(case["u"]) :]) / sum(counts) == pytest.approx(case["greater"], rel=1e-9)


def test_the_shift_is_the_median_difference_with_its_bounds() -> None:
    before, after = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [11.0, 12.0, 13.0, 14.0, 15.0, 16.0]
    found = shift(before, after, 0.95)
    differences = sorted(b - a for a in before for b in after)
    assert found.point == statistics.median(differences) == 10
    assert (found.lower, found.upper) == (differences[5], differences[-6])


def test_an_odd_number_of_differences_has_one_in_the_middle_and_long_samples_are_cut_to_sixteen() -> None:
    assert shift([1.0], [2.0, 4.0, 9.0], 0.95).point == 3.0
    assert [shift([1.0], [one], 0.95).point for one in (3.0, -3.0)] == [2.0, -4.0]
    long = [float(one) for one in range(40)]
    assert (shift(long, long, 0.95).size, shift(long[:16], long[:12], 0.95).size) == (16, 12)


def test_too_few_values_have_an_infinite_interval() -> None:
    found = shift([1.0, 2.0], [3.0, 4.0, 5.0], 0.95)
    assert (found.lower, found.upper, found.bounded, found.size) == (-math.inf, math.inf, False, 2)


def test_a_long_sample_becomes_the_medians_of_its_stretches() -> None:
    assert condense(range(40), 4) == [4.5, 14.5, 24.5, 34.5]
    assert condense([3.0, 1.0], 4) == [3.0, 1.0]


@pytest.mark.parametrize("side", [[], [math.nan], [math.inf]])
def test_an_empty_or_infinite_side_is_refused(side: list[float]) -> None:
    with pytest.raises(ValueError, match="finite numbers on both sides"):
        shift(side, [1.0], 0.95)
    with pytest.raises(ValueError, match="finite numbers on both sides"):
        shift([1.0], side, 0.95)
