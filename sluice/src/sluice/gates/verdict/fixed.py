"""Values judged as they are: without noise against a limit or a baseline. In: a measure and a limit. Out: a ruling.

All arithmetic is exact, so that a value at the threshold is at the threshold.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import assert_never

from sluice.evidence.model import Measure
from sluice.evidence.units import UnitMismatchError, convert_exactly
from sluice.gates.baseline import Chosen
from sluice.gates.policy.model import Limit, RelativeLimit, SeverityLimit, ShiftLimit, ValueLimit
from sluice.gates.statistics.ceiling import against_ceiling
from sluice.gates.statistics.sequential import Outcome
from sluice.gates.verdict.amounts import exact, show_amount, show_value
from sluice.gates.verdict.model import Change, Verdict
from sluice.gates.verdict.ruling import VERDICTS, Ruling, UnjudgeableError


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


def rule_on_change(measure: Measure, chosen: Chosen, limit: Limit, bad: Verdict) -> Ruling:
    """The change of a value without noise against ``limit``: ``bad`` where it holds."""
    after = exact(measure.value)
    before = before_in_unit(chosen.measure, measure.unit)
    match limit:
        case RelativeLimit():
            change = _share(before, after)
            holds = limit.operator.holds(change, limit.change)
        case ShiftLimit():
            change = after - before
            holds = limit.operator.holds(change, in_unit(limit, measure.unit))
        case ValueLimit() | SeverityLimit():
            raise UnjudgeableError(f"{limit.text} isn't a change")
        case _:
            assert_never(limit)
    shown = Change(point=float(change), relative=isinstance(limit, RelativeLimit))
    words = show_amount(shown.point, measure.unit, relative=shown.relative)
    return Ruling(
        verdict=bad if holds else Verdict.PASS,
        reason=f"{words} is {'' if holds else 'not '}{limit.text}",
        limit=limit,
        change=shown,
    )


def before_in_unit(before: Measure, unit: str) -> Fraction:
    """The baseline's value in the unit of what it is compared with; raises ``UnjudgeableError``."""
    if before.unit == unit:
        return exact(before.value)
    try:
        return convert_exactly(exact(before.value), before.unit, unit)
    except UnitMismatchError as error:
        raise UnjudgeableError(f"the baseline's unit doesn't fit: {error.message}") from error


def _share(before: Fraction, after: Fraction) -> Fraction | float:
    if before:
        return (after - before) / abs(before)
    return math.copysign(math.inf, after) if after else Fraction(0)
