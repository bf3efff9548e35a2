import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.gates.statistics.signed_rank import chance_above, order_of_bound, subset_sums

SCIPY = Path(__file__).parent / "scipy.json"


@pytest.mark.parametrize("count", range(1, 12))
def test_the_distribution_counts_every_subset_of_the_ranks(count: int) -> None:
    ranks = tuple(range(1, count + 1))
    sums = [sum(chosen) for size in range(count + 1) for chosen in itertools.combinations(ranks, size)]
    assert subset_sums(ranks) == tuple(sums.count(total) for total in range(sum(ranks) + 1))


@pytest.mark.parametrize(
    ("pairs", "confidence", "order"),
    # The critical values T of the signed-rank test in printed tables are one less than the order: T(20; 0.05) = 52.
    [(8, 0.95, 4), (8, 0.99, 1), (10, 0.95, 9), (20, 0.95, 53), (20, 0.99, 38), (30, 0.95, 138), (50, 0.95, 435)],
)
def test_the_bounds_agree_with_printed_tables(pairs: int, confidence: float, order: int) -> None:
    assert order_of_bound(pairs, confidence) == order


@pytest.mark.parametrize(("pairs", "confidence"), [(5, 0.95), (7, 0.99), (1, 0.9)])
def test_too_few_pairs_have_no_bound(pairs: int, confidence: float) -> None:
    assert order_of_bound(pairs, confidence) == 0


@pytest.mark.parametrize("pairs", [6, 8, 16, 48, 64, 100])
def test_an_interval_misses_its_centre_as_often_as_it_may_and_the_next_narrower_one_more_often(pairs: int) -> None:
    counts = subset_sums(tuple(range(1, pairs + 1)))
    order = order_of_bound(pairs, 0.95)
    assert 2 * sum(counts[:order]) / (1 << pairs) <= 0.05
    assert 2 * sum(counts[: order + 1]) / (1 << pairs) > 0.05


def enumerated_chance(differences: list[int]) -> float:
    """By brute force: every way to sign the nonzero differences, ranks with zeros counted in and ties shared."""
    sizes = sorted(map(abs, differences))
    mean = {
        size: sum(place for place, other in enumerate(sizes, 1) if other == size) / sizes.count(size) for size in sizes
    }
    ranks = [mean[abs(one)] for one in differences if one]
    observed = sum(mean[abs(one)] for one in differences if one > 0)
    sums = [
        sum(chosen)
        for signs in itertools.product((0, 1), repeat=len(ranks))
        for chosen in [list(itertools.compress(ranks, signs))]
    ]
    return sum(total >= observed for total in sums) / len(sums)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_with_ties_and_zeros_the_chance_is_the_share_of_all_signs_that_reach_the_sum(differences: list[int]) -> None:
    assert chance_above(differences) == pytest.approx(enumerated_chance(differences), abs=1e-12)


def test_without_any_difference_the_chance_is_certain() -> None:
    assert chance_above([0.0] * 12) == 1.0


def test_all_pairs_slower_has_the_smallest_chance() -> None:
    assert chance_above([0.1 * place for place in range(1, 9)]) == 1 / 256


@pytest.mark.parametrize(
    "case", json.loads(SCIPY.read_text())["signed_rank"], ids=lambda case: f"{len(case['values'])} values"
)
def test_chances_agree_with_scipy(case: dict[str, list[float] | float]) -> None:
    values = case["values"]
    assert isinstance(values, list)
    assert chance_above(values) == pytest.approx(case["greater"], rel=1e-9)


def test_a_tail_of_exactly_what_is_allowed_is_allowed() -> None:
    assert [order_of_bound(2, confidence) for confidence in (0.49, 0.5, 0.51)] == [1, 1, 0]
