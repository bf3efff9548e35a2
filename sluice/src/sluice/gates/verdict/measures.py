"""One gate on one measure. In: a measure, its gate, the baselines. Out: what fail and warn say, a ruling each."""

from __future__ import annotations

from sluice.evidence.model import Measure
from sluice.gates.baseline import Chosen
from sluice.gates.policy.model import ChangeLimit, Gate, Limit, RelativeLimit, SeverityLimit, ShiftLimit, ValueLimit
from sluice.gates.verdict.fixed import rule_on_value, worst_change
from sluice.gates.verdict.model import Verdict
from sluice.gates.verdict.noisy import Limits, rule_on_samples, stands
from sluice.gates.verdict.ruling import Ruling, varies


def needs_baseline(gate: Gate) -> bool:
    """Whether any of the gate's limits is a change."""
    return any(isinstance(limit, RelativeLimit | ShiftLimit) for limit in gate.limits)


def rule_on_measure(measure: Measure, gate: Gate, chosen: Chosen | None) -> list[Ruling]:
    """What the gate's limits say, those that are judged together as one: which is the worst, the policy's answers
    tell. Raises ``UnjudgeableError`` when a limit doesn't fit the measure.
    """
    rulings = [
        rule_on_value(measure, limit, bad)
        for limit, bad in ((gate.fail, Verdict.FAIL), (gate.warn, Verdict.WARN))
        if isinstance(limit, ValueLimit)
    ]
    return rulings + (_changes(measure, gate, chosen) if needs_baseline(gate) else [])


def stands_by_pairs(measure: Measure, gate: Gate, chosen: Chosen) -> bool:
    """Whether more pairs could not change what the gate says of a comparison that is being measured.

    Raises ``UnjudgeableError`` when a limit doesn't fit the measure.
    """
    limits = _on_one_scale(_change_limit(gate.fail), _change_limit(gate.warn))
    return all(stands(measure, chosen, one) for one in limits if one.fail or one.warn)


def fits_measures(gate: Gate) -> bool:
    """Whether the gate says anything about numbers."""
    return any(not isinstance(limit, SeverityLimit) for limit in gate.limits)


def _changes(measure: Measure, gate: Gate, chosen: Chosen | None) -> list[Ruling]:
    fail, warn = _change_limit(gate.fail), _change_limit(gate.warn)
    if chosen is None:
        return [Ruling(verdict=Verdict.PASS, reason="new: no baseline has it", limit=fail or warn, new=True)]
    if varies(measure) or varies(chosen.measure):
        return [rule_on_samples(measure, chosen, limits) for limits in _on_one_scale(fail, warn)]
    return [worst_change(measure, chosen, fail, warn)]


def _change_limit(limit: Limit | None) -> ChangeLimit | None:
    return limit if isinstance(limit, RelativeLimit | ShiftLimit) else None


def _on_one_scale(fail: ChangeLimit | None, warn: ChangeLimit | None) -> list[Limits]:
    if fail is None or warn is None:
        return [Limits(fail=fail, warn=warn)]
    if type(fail) is type(warn) and fail.operator.direction == warn.operator.direction:
        return [Limits(fail=fail, warn=warn)]
    return [Limits(fail=fail, warn=None), Limits(fail=None, warn=warn)]
