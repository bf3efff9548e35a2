import math
import random

import pytest

from sluice.gates.statistics.estimate import Estimate, estimate
from sluice.gates.statistics.sequential import Looks, Outcome, Thresholds, judge, look, replay, stopped

FAIL, WARN = math.log(1.2), math.log(1.1)
THRESHOLDS = Thresholds(fail=FAIL, fail_floor=WARN, warn=WARN)


def interval(lower: float, point: float, upper: float) -> Estimate:
    """Bounds as changes: 0.1 is +10 %."""
    return Estimate(point=math.log1p(point), lower=math.log1p(lower), upper=math.log1p(upper), confidence=0.95, size=48)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (interval(0.11, 0.21, 0.30), Outcome.FAIL),
        (interval(0.09, 0.21, 0.30), Outcome.WARN),
        (interval(0.11, 0.19, 0.30), Outcome.WARN),
        (interval(0.01, 0.11, 0.19), Outcome.WARN),
        (interval(-0.01, 0.11, 0.19), Outcome.UNDECIDED),
        (interval(-0.01, 0.25, 0.60), Outcome.UNDECIDED),
        (interval(-0.05, 0.05, 0.21), Outcome.UNDECIDED),
        (interval(-0.05, 0.05, 0.19), Outcome.PASS),
        (interval(-0.60, -0.50, -0.40), Outcome.PASS),
    ],
)
def test_the_outcome_follows_from_the_estimate_and_its_bounds(found: Estimate, outcome: Outcome) -> None:
    assert judge(found, THRESHOLDS) is outcome


@pytest.mark.parametrize(
    ("point", "lower", "upper", "outcome"),
    [
        (FAIL, WARN + 0.01, 1.0, Outcome.WARN),
        (FAIL + 0.01, WARN, 1.0, Outcome.WARN),
        (FAIL + 0.01, WARN + 0.01, 1.0, Outcome.FAIL),
        (WARN, 0.01, WARN + 0.01, Outcome.PASS),
        (WARN, 0.01, FAIL, Outcome.UNDECIDED),
        (WARN + 0.01, 0.0, FAIL, Outcome.UNDECIDED),
    ],
)
def test_the_thresholds_themselves_are_not_above_themselves(
    point: float, lower: float, upper: float, outcome: Outcome
) -> None:
    assert judge(Estimate(point=point, lower=lower, upper=upper, confidence=0.95, size=48), THRESHOLDS) is outcome


def test_a_comparison_goes_on_while_the_wide_interval_holds_a_threshold() -> None:
    found = look([0.05, 0.15] * 4, THRESHOLDS)
    assert (found.stop, found.estimate.confidence, found.estimate.size) == (False, 0.99, 8)


def test_a_change_below_the_warning_is_cleared_on_the_narrower_interval() -> None:
    differences = [0.11, -0.05, 0.02, -0.02, 0.0, 0.01, -0.03, 0.03]
    found = look(differences, THRESHOLDS)
    assert (found.stop, found.outcome) == (True, Outcome.PASS)
    assert found.estimate.confidence == 0.90


def test_a_change_whose_narrower_interval_reaches_the_warning_is_not_cleared() -> None:
    differences = [0.11, -0.05, 0.02, -0.02, 0.0, 0.01, -0.03, 0.03]
    reached = estimate(differences, 0.90).upper
    assert not look(differences, Thresholds(fail=FAIL, fail_floor=WARN, warn=reached)).stop
    assert look(differences, Thresholds(fail=FAIL, fail_floor=WARN, warn=reached + 1e-9)).stop


def test_a_large_change_stops_at_the_first_look() -> None:
    found = replay([0.4 + place / 100 for place in range(64)], THRESHOLDS)
    assert (found.outcome, found.estimate.size) == (Outcome.FAIL, 8)


def test_a_change_between_the_thresholds_stops_as_a_warning() -> None:
    found = replay([math.log(1.15) + place / 10000 for place in range(64)], THRESHOLDS)
    assert (found.outcome, found.estimate.size) == (Outcome.WARN, 8)


WIDE = [0.14 + (place * 37 % 64 - 31.5) / 20 for place in range(64)]


def test_what_stays_open_is_decided_at_the_last_look_on_95_percent() -> None:
    found = replay(WIDE, THRESHOLDS)
    assert (found.estimate.size, found.estimate.confidence, found.stop) == (64, 0.95, True)
    assert found.outcome is Outcome.UNDECIDED


def test_it_is_looked_at_the_pairs_that_are_named_and_not_between() -> None:
    source = random.Random(2)  # noqa: S311 - simulated noise
    differences = [source.gauss(0, 0.12) for _ in range(11)]
    assert look(differences[:10], THRESHOLDS).stop
    assert look(differences, THRESHOLDS).stop
    assert stopped(differences, THRESHOLDS) is None
    clear = [place / 1000 for place in range(64)]
    assert stopped(clear[:7], THRESHOLDS) is None
    assert stopped(clear[:8], THRESHOLDS) == stopped(clear, THRESHOLDS) == look(clear[:8], THRESHOLDS)
    assert stopped(WIDE[:63], THRESHOLDS) is None
    assert stopped(WIDE, THRESHOLDS) == look(WIDE, THRESHOLDS) == replay(WIDE, THRESHOLDS)


def test_pairs_that_end_early_are_decided_on_what_there_is() -> None:
    found = replay(WIDE[:10], THRESHOLDS)
    assert (found.stop, found.estimate.size, found.outcome) == (True, 10, Outcome.UNDECIDED)


@pytest.mark.parametrize("count", range(1, 6))
def test_fewer_pairs_than_an_interval_needs_never_fail(count: int) -> None:
    assert replay([5.0] * count, THRESHOLDS).outcome is Outcome.UNDECIDED


def test_without_a_warning_a_change_is_cleared_below_the_fail() -> None:
    only_fail = Thresholds(fail=FAIL, fail_floor=FAIL / 2, warn=math.inf)
    assert not look([0.05, 0.35] * 4, only_fail).stop
    assert look([0.0, 0.05] * 4, only_fail).outcome is Outcome.PASS


def test_the_next_look_is_known_to_who_measures() -> None:
    looks = Looks()
    assert [looks.after(count) for count in (0, 8, 30, 48, 64)] == [8, 12, 32, 64, None]
