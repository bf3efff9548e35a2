"""Values judged as they are: without noise against a limit or a baseline. In: a measure and a limit. Out: a ruling.

Floats decide where they are far from the limit; close to it the arithmetic is exact, so that a value at the limit is
at the limit.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from sluice.evidence.model import Measure
from sluice.evidence.units import UnitMismatchError, convert_exactly
from sluice.gates.baseline import Chosen
from sluice.gates.policy.model import ChangeLimit, RelativeLimit, ShiftLimit, ValueLimit
from sluice.gates.statistics.ceiling import against_ceiling
from sluice.gates.statistics.sequential import Outcome
from sluice.gates.verdict.amounts import exact, show_amount, show_value
from sluice.gates.verdict.model import Change, Verdict
from sluice.gates.verdict.ruling import VERDICTS, Ruling, UnjudgeableError

_CLOSE = 1e-9
"""Within this of the limit, in proportion to the numbers compared, fractions decide."""


@lru_cache(maxsize=4096)
def in_unit(limit: ShiftLimit | ValueLimit, unit: str) -> Fraction:
    """The limit's amount in ``unit``; raises ``UnjudgeableError`` when the limit measures something else."""
    try:
        return convert_exactly(limit.amount, limit.unit, unit)
    except UnitMismatchError as error:
        raise UnjudgeableError(error.message) from error


def rule_on_value(measure: Measure, limit: ValueLimit, bad: Verdict) -> Ruling:
    """The value itself against ``limit``: ``bad`` where it holds."""
    ceiling = in_unit(limit, measure.unit)
    if len(measure.samples) < 2 or not limit.operator.direction:
        holds = limit.operator.holds(exact(measure.value), ceiling)
        shown = show_value(measure.value, measure.unit)
        return Ruling(
            verdict=bad if holds else Verdict.PASS,
            reason=f"{shown} is {'' if holds else 'not '}{limit.text}",
            limit=limit,
        )
    return _rule_on_samples(measure, limit, bad, limit.operator.direction * float(ceiling))


def _rule_on_samples(measure: Measure, limit: ValueLimit, bad: Verdict, ceiling: float) -> Ruling:
    side = limit.operator.direction
    outcome, found = against_ceiling([side * value for value in measure.samples], ceiling)
    ends = sorted((side * found.lower, side * found.upper))
    interval = " to ".join(show_value(end, measure.unit) for end in ends)
    words = {
        Outcome.FAIL: f"all of the interval {interval} is {limit.text}, or at it",
        Outcome.UNDECIDED: f"the estimate is {limit.text}, and the interval {interval} isn't all",
    }.get(outcome, f"the estimate {show_value(side * found.point, measure.unit)} is not {limit.text}")
    verdict = bad if outcome is Outcome.FAIL else VERDICTS[outcome]
    return Ruling(verdict=verdict, reason=words, limit=limit)


def rule_on_change(measure: Measure, chosen: Chosen, limit: ChangeLimit, bad: Verdict) -> Ruling:
    """The change of a value without noise against ``limit``: ``bad`` where it holds; raises ``UnjudgeableError``."""
    before = value_in_unit(chosen.measure, measure.unit)
    relative = isinstance(limit, RelativeLimit)
    change = _change(before, measure.value, relative=relative)
    border = float(limit.change if isinstance(limit, RelativeLimit) else in_unit(limit, measure.unit))
    if abs(change - border) > _CLOSE * max(1.0, abs(border), abs(before), abs(measure.value)):
        holds = limit.operator.holds(change, border)
    else:
        holds = _holds_exactly(measure, chosen, limit)
    words = show_amount(change, measure.unit, relative=relative)
    return Ruling(
        verdict=bad if holds else Verdict.PASS,
        reason=f"{words} is {limit.text}" if holds else f"{words} is not {limit.text}",
        limit=limit,
        change=Change(point=change, relative=relative),
    )


def value_in_unit(before: Measure, unit: str) -> float:
    """The baseline's value in the unit of what it is compared with; raises ``UnjudgeableError``."""
    return before.value if before.unit == unit else float(_exact_in_unit(before, unit))


def _exact_in_unit(before: Measure, unit: str) -> Fraction:
    try:
        return convert_exactly(exact(before.value), before.unit, unit)
    except UnitMismatchError as error:
        raise UnjudgeableError(f"the baseline's unit doesn't fit: {error.message}") from error


def _change(before: float, after: float, *, relative: bool) -> float:
    if not relative:
        return after - before
    if before:
        return (after - before) / abs(before)
    return math.copysign(math.inf, after) if after else 0.0


def _holds_exactly(measure: Measure, chosen: Chosen, limit: ChangeLimit) -> bool:
    before, after = _exact_in_unit(chosen.measure, measure.unit), exact(measure.value)
    if isinstance(limit, ShiftLimit):
        return limit.operator.holds(after - before, in_unit(limit, measure.unit))
    return limit.operator.holds(after - before, limit.change * abs(before))


def worst_change(measure: Measure, chosen: Chosen, fail: ChangeLimit | None, warn: ChangeLimit | None) -> Ruling:
    """The fail where it holds, else what the warning says; one of them must be there."""
    refused = rule_on_change(measure, chosen, fail, Verdict.FAIL) if fail else None
    if refused and (warn is None or refused.verdict is Verdict.FAIL):
        return refused
    if warn is None:
        raise UnjudgeableError("a gate without limits")
    warned = rule_on_change(measure, chosen, warn, Verdict.WARN)
    return refused if refused and warned.verdict is Verdict.PASS else warned
