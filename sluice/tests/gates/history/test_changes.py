import math
import random
import statistics

import pytest

from sluice.gates.history.changes import SHORTEST, ChangePoint, find_changes, place, split


def noise(count: int, seed: int, level: float = 100.0, spread: float = 3.0) -> list[float]:
    source = random.Random(seed)  # noqa: S311 - simulated noise
    return [source.gauss(level, spread) for _ in range(count)]


def by_pairs(values: list[float]) -> list[int]:
    """Pettitt's statistic as it is defined: signs over all pairs across each split."""
    return [
        sum((after > before) - (after < before) for before in values[:at] for after in values[at:])
        for at in range(1, len(values))
    ]


def test_a_step_is_found_where_it_is() -> None:
    found = find_changes([*noise(20, 1), *noise(20, 2, level=120)])
    assert [point.index for point in found] == [20]
    assert found[0].change == pytest.approx(0.2, abs=0.03)
    assert found[0].chance < 1e-4


def test_two_steps_are_found_in_order() -> None:
    found = find_changes([*noise(20, 1), *noise(20, 2, level=130), *noise(20, 3, level=90)])
    assert [point.index for point in found] == [20, 40]
    assert [round(point.change, 1) for point in found] == [0.3, -0.3]


def test_several_steps_to_one_side_do_not_draw_one_another_nearer() -> None:
    found = find_changes([*noise(12, 1), *noise(12, 2, level=200), *noise(12, 3, level=400), *noise(60, 4, level=800)])
    assert [point.index for point in found] == [12, 24, 36]


@pytest.mark.parametrize("leap", [8, 16])
def test_a_leap_is_found_where_it_is_though_values_creep_besides(leap: int) -> None:
    values = [180.0 + place + (40 if place >= leap else 0) for place in range(24)]
    assert [point.index for point in find_changes(values)] == [leap]
    assert [point.index for point in find_changes([-value for value in values])] == [leap]


@pytest.mark.parametrize("seed", range(20))
def test_a_change_is_placed_where_both_sides_are_nearest_to_their_medians(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311 - simulated noise
    values = [float(source.randint(0, 9)) for _ in range(source.randint(10, 30))]
    least = [
        sum(abs(one - statistics.median(side)) for side in (values[:at], values[at:]) for one in side)
        for at in range(SHORTEST, len(values) - SHORTEST + 1)
    ]
    assert place(values) == SHORTEST + least.index(min(least))


def test_one_slow_run_is_no_change() -> None:
    values = noise(30, 4)
    values[12] = 900.0
    assert find_changes(values) == []


def test_a_long_quiet_history_has_no_change() -> None:
    found = sum(bool(find_changes(noise(60, seed))) for seed in range(300))
    assert found / 300 <= 0.02


def test_a_change_smaller_than_asked_for_is_left_out() -> None:
    values = [*noise(20, 1, spread=0.1), *noise(20, 2, level=101, spread=0.1)]
    assert len(find_changes(values)) == 1
    assert find_changes(values, least=0.05) == []


@pytest.mark.parametrize("seed", range(4))
def test_the_statistic_is_the_one_of_all_pairs(seed: int) -> None:
    values = [float(round(value)) for value in noise(17, seed)]
    sums = [abs(total) for total in by_pairs(values)]
    largest = max(sums[4:12])
    found = split(values)
    assert found is not None
    assert sums[found[0] - 1] == largest
    assert found[1] == pytest.approx(min(1.0, 2 * math.exp(-6 * largest**2 / (17**3 + 17**2))))


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 9, [5.0] * 50])
def test_too_short_or_level_histories_have_no_change(values: list[float]) -> None:
    assert find_changes(values) == []


def test_infinite_values_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        find_changes([1.0, math.nan])


def test_a_change_from_nothing_is_infinite() -> None:
    assert ChangePoint(index=1, before=0, after=2, chance=0).change == math.inf
    assert ChangePoint(index=1, before=0, after=0, chance=0).change == 0
