"""One gate on one measure: which limits are asked, and when a measure counts as one that varies."""

from __future__ import annotations

import pytest
from judging_samples import measure, timings

from sluice.evidence.model import Measure
from sluice.gates.baseline import Chosen, Origin
from sluice.gates.policy.model import BaselineKind, Gate
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.measures import rule_on_measure, stands_by_pairs
from sluice.gates.verdict.model import Verdict
from sluice.gates.verdict.ruling import UnjudgeableError

LIMITS = ['fail = "> +20%"', 'warn = "> +20%"', 'fail = "> +20%"\nwarn = "> +10%"', 'fail = "> +20%"\nwarn = "> +10us"']


def gate(limits: str) -> Gate:
    (found,) = read_policy(f'[gate."**"]\n{limits}\n').gates
    return found


def chosen(before: Measure, kind: BaselineKind = BaselineKind.SAME_RUN) -> Chosen:
    return Chosen(measure=before, origin=Origin(kind=kind))


def verdict(now: Measure, limits: str, before: Chosen | None = None) -> Verdict:
    (found,) = rule_on_measure(now, gate(limits), before)
    return found.verdict


@pytest.mark.parametrize("limits", LIMITS)
def test_what_is_near_a_limit_of_the_gate_does_not_stand_yet_and_what_is_far_from_all_does(limits: str) -> None:
    near = measure("bench/a", 120, "us", timings(120, 16, seed=1))
    far = measure("bench/a", 100, "us", timings(100, 48, seed=1, spread=0.002))
    assert not stands_by_pairs(near, gate(limits), chosen(measure("bench/a", 100, "us", timings(100, 16, seed=2))))
    before = chosen(measure("bench/a", 100, "us", timings(100, 48, seed=2, spread=0.002)))
    assert stands_by_pairs(far, gate(limits), before)


def test_a_value_alone_against_the_value_itself_has_nothing_that_could_change() -> None:
    now, before = measure("bench/a", 120, "us"), chosen(measure("bench/a", 100, "us"))
    assert stands_by_pairs(now, gate('fail = "> 1s"'), before)


@pytest.mark.parametrize("sides", [((100.0, 101.0), ()), ((), (100.0, 101.0))])
def test_samples_that_differ_on_one_side_are_enough_to_vary(sides: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    now, before = measure("image/size", 200, "B", sides[0]), measure("image/size", 100, "B", sides[1])
    assert verdict(now, 'fail = "> +20%"', chosen(before)) is Verdict.UNDECIDED


def test_samples_that_are_all_the_same_are_a_value_as_it_is() -> None:
    now, before = measure("image/size", 200, "B", (200, 200)), measure("image/size", 100, "B", (100, 100))
    assert verdict(now, 'fail = "> +20%"', chosen(before)) is Verdict.FAIL


def test_two_samples_that_differ_have_no_certain_ceiling_and_one_has() -> None:
    ceiling = 'fail = ">= 10"'
    assert verdict(measure("queue/depth", 12, samples=(9, 15)), ceiling) is Verdict.UNDECIDED
    assert verdict(measure("queue/depth", 12, samples=(12,)), ceiling) is Verdict.FAIL


def test_samples_that_have_no_ratio_stand_and_small_ones_have_one() -> None:
    limits, small = gate('fail = "> +20%"'), measure("bench/a", 0.6, "us", [0.5, 0.7] * 4)
    for nothing in (measure("bench/a", 0, "us", [0.0, 1.0] * 4), measure("bench/a", 0, "us", [-1.0, 1.0] * 4)):
        assert stands_by_pairs(nothing, limits, chosen(small))
    turned = measure("bench/a", 0.6, "us", [0.7, 0.5] * 4)
    assert not stands_by_pairs(turned, limits, chosen(small))


def test_a_comparison_with_samples_of_something_else_stands_on_nothing() -> None:
    now, before = measure("bench/a", 1, "us", (1.0, 1.1) * 8), measure("bench/a", 1, "MB", (1.0, 1.1) * 8)
    with pytest.raises(UnjudgeableError, match="the baseline's unit doesn't fit"):
        stands_by_pairs(now, gate('fail = "> +20%"'), chosen(before))
