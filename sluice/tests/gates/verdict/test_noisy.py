"""Samples against samples: what counts as pairs, their units, and which limit a row shows."""

from __future__ import annotations

import pytest
from judging_samples import measure, timings

from sluice.evidence.model import Measure
from sluice.gates.baseline import Chosen, Origin
from sluice.gates.policy.model import BaselineKind, Gate
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.measures import rule_on_measure
from sluice.gates.verdict.model import Verdict
from sluice.gates.verdict.ruling import Ruling

BOTH = 'fail = "> +20%"\nwarn = "> +10%"'
HERE, KEPT = BaselineKind.SAME_RUN, BaselineKind.MERGE_BASE


def gate(limits: str) -> Gate:
    (found,) = read_policy(f'[gate."**"]\n{limits}\n').gates
    return found


def ruled(limits: str, now: Measure, before: Measure, kind: BaselineKind = HERE) -> Ruling:
    (found,) = rule_on_measure(now, gate(limits), Chosen(measure=before, origin=Origin(kind=kind)))
    return found


def bench(level: float, seed: int = 1, count: int = 16, unit: str = "us") -> Measure:
    return measure("bench/a", level, unit, timings(level, count, seed), machine="m")


def test_only_what_one_run_measured_is_pairs() -> None:
    found = [ruled(BOTH, bench(100), bench(100, 2), kind).compared for kind in (HERE, KEPT)]
    assert found == [True, False]
    assert not ruled(BOTH, bench(100), bench(100, 2, count=15)).compared


@pytest.mark.parametrize(("level", "verdict"), [(70, Verdict.PASS), (100, Verdict.PASS), (140, Verdict.WARN)])
def test_another_machine_s_baseline_softens_a_fail_and_nothing_else(level: float, verdict: Verdict) -> None:
    there = measure("bench/a", 100, "us", timings(100, 16, 2), machine="another")
    assert ruled(BOTH, bench(level), there, KEPT).verdict is verdict


def test_samples_in_another_unit_are_the_same_samples() -> None:
    there = measure("bench/a", 0.1, "ms", [one / 1000 for one in bench(100, 2).samples], machine="m")
    found, same = ruled(BOTH, bench(130), there), ruled(BOTH, bench(130), bench(100, 2))
    assert found.change is not None
    assert same.change is not None
    assert found.change.point == pytest.approx(same.change.point)
    assert (found.verdict, same.verdict) == (Verdict.FAIL, Verdict.FAIL)


@pytest.mark.parametrize(("level", "limit"), [(100, "> +20%"), (115, "> +10%"), (140, "> +20%")])
def test_a_row_shows_the_limit_that_decided(level: float, limit: str) -> None:
    found = ruled(BOTH, bench(level, count=48), bench(100, 2, count=48))
    assert found.limit is not None
    assert found.limit.text == limit


@pytest.mark.parametrize("limits", ['fail = "> +20%"', 'warn = "> +20%"'])
def test_a_sample_without_a_ratio_is_held_to_the_limit_that_there_is(limits: str) -> None:
    found = ruled(limits, measure("bench/a", 1, "us", [0.0, 1.0] * 8), bench(1, 2))
    assert found.verdict is Verdict.UNDECIDED
    assert found.limit is not None
    assert found.limit.text == "> +20%"


def test_a_difference_needs_no_ratio_and_a_share_takes_any_value_above_nothing() -> None:
    small = measure("bench/a", 1, "us", [0.5, 0.51] * 8)
    assert ruled('fail = "> +20%"', small, small).verdict is Verdict.PASS
    none = measure("bench/a", 0, "us", [0.0, 0.1] * 8)
    assert ruled('fail = "> +5us"', none, none).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("level", "seed", "spread", "verdict"), [(124, 1, 0.15, Verdict.FAIL), (126, 6, 0.25, Verdict.UNDECIDED)]
)
def test_a_limit_alone_is_a_fail_once_less_than_half_of_it_is_excluded(
    level: float, seed: int, spread: float, verdict: Verdict
) -> None:
    now = measure("bench/a", level, "us", timings(level, 48, seed, spread))
    found = ruled('fail = "> +20%"', now, measure("bench/a", 100, "us", timings(100, 48, seed + 50, spread)))
    assert found.change is not None
    assert found.change.lower is not None
    assert (found.change.lower > 0.1, found.change.lower < 0.2 < found.change.point) == (verdict is Verdict.FAIL, True)
    assert found.verdict is verdict


@pytest.mark.parametrize(("warn", "verdict"), [(10, Verdict.FAIL), (18, Verdict.WARN)])
def test_a_fail_needs_that_less_than_the_warning_is_excluded(warn: int, verdict: Verdict) -> None:
    now = measure("bench/a", 124, "us", timings(124, 48, 1, 0.15))
    before = measure("bench/a", 100, "us", timings(100, 48, 51, 0.15))
    found = ruled(f'fail = "> +20%"\nwarn = "> +{warn}%"', now, before)
    assert found.change is not None
    assert found.change.lower is not None
    assert 0.1 < found.change.lower < 0.18
    assert found.change.point > 0.2
    assert found.verdict is verdict


def test_samples_against_one_value_have_no_interval() -> None:
    alone = measure("bench/a", 100, "us", machine="m")
    for now, before in ((bench(200), alone), (alone, bench(50))):
        assert "one value has no interval" in ruled(BOTH, now, before).reason


def test_a_warning_needs_no_more_than_that_no_change_is_excluded() -> None:
    now = measure("bench/a", 112, "us", timings(112, 48, 1, 0.12))
    found = ruled(BOTH, now, measure("bench/a", 100, "us", timings(100, 48, 51, 0.12)))
    assert found.change is not None
    assert found.change.lower is not None
    assert 0 < found.change.lower < 0.1 < found.change.point
    assert found.verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("limit", "side", "relative"), [("> +5us", 1, False), ("< -5us", -1, False), ("< -5%", -1, True)]
)
def test_a_change_is_told_in_the_unit_of_its_limit_and_in_its_own_direction(
    limit: str, side: int, *, relative: bool
) -> None:
    found = ruled(f'fail = "{limit}"', bench(100 + 30 * side), bench(100, 2))
    assert found.verdict is Verdict.FAIL
    assert found.change is not None
    assert found.change.lower is not None
    assert found.change.upper is not None
    assert found.change.point == pytest.approx(30 * side / (100 if relative else 1), rel=0.05)
    assert found.change.lower < found.change.point < found.change.upper


def test_two_values_on_each_side_are_samples_and_have_no_interval_yet() -> None:
    two = measure("bench/a", 1, "us", (1.0, 1.1))
    found = ruled(BOTH, two, two)
    assert "2 values have no interval" in found.reason
    assert found.change is not None
    assert (found.change.lower, found.change.upper) == (None, None)
