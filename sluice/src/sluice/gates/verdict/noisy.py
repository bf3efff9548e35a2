"""Values that vary from run to run, against a baseline. In: samples on both sides, limits. Out: a ruling with its
interval.

Pairs measured in one job are compared pair by pair; samples of two runs as two groups. One value on each side has no
interval, so it is never more than undecided. A baseline that another machine measured can't give a fail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from sluice.evidence.model import Measure
from sluice.evidence.units import convert
from sluice.gates.baseline import Chosen
from sluice.gates.policy.model import ChangeLimit, RelativeLimit, ShiftLimit
from sluice.gates.statistics.estimate import Estimate
from sluice.gates.statistics.rank_sum import shift
from sluice.gates.statistics.ratios import as_change, as_log
from sluice.gates.statistics.sequential import DEFAULT_LOOKS, Outcome, Thresholds, judge, replay, stopped
from sluice.gates.statistics.signed_rank import chance_above
from sluice.gates.verdict.amounts import show_change
from sluice.gates.verdict.fixed import in_unit, value_in_unit, worst_change
from sluice.gates.verdict.model import Change, Verdict
from sluice.gates.verdict.ruling import VERDICTS, Ruling, values_of

CONFIDENCE = 0.95


class Limits(Struct, frozen=True, kw_only=True):
    """The fail and the warning of one gate on one scale: both relative or both not, both upwards or both downwards."""

    fail: ChangeLimit | None
    warn: ChangeLimit | None

    @property
    def relative(self) -> bool:
        """Whether changes are shares."""
        return isinstance(self.fail or self.warn, RelativeLimit)

    @property
    def side(self) -> int:
        """1 where more is worse, -1 where less is."""
        limit = self.fail or self.warn
        return limit.operator.direction if limit else 0

    def decided_by(self, outcome: Outcome) -> ChangeLimit | None:
        """The limit that a row shows for ``outcome``."""
        return (self.warn or self.fail) if outcome is Outcome.WARN else (self.fail or self.warn)


def rule_on_samples(measure: Measure, chosen: Chosen, limits: Limits) -> Ruling:
    """What the samples say; raises ``UnjudgeableError`` when a unit doesn't fit."""
    value_in_unit(chosen.measure, measure.unit)
    after, before = values_of(measure), _before(chosen.measure, measure.unit)
    if min(len(after), len(before)) < 2:
        return _rule_on_single(measure, chosen, limits)
    if limits.relative and min(*after, *before) <= 0:
        reason = "a ratio needs values above 0, and a sample has one that isn't"
        return Ruling(verdict=Verdict.UNDECIDED, reason=reason, limit=limits.fail or limits.warn)
    return _rule_on_estimate(measure, chosen, limits, _scaled(before, limits), _scaled(after, limits))


def stands(measure: Measure, chosen: Chosen, limits: Limits) -> bool:
    """Whether more pairs could not change what these say: a look of theirs stopped, or they have no ratio.

    Raises ``UnjudgeableError`` when a unit doesn't fit.
    """
    value_in_unit(chosen.measure, measure.unit)
    after, before = values_of(measure), _before(chosen.measure, measure.unit)
    if limits.relative and min(*after, *before) <= 0:
        return True
    pairs = zip(_scaled(before, limits), _scaled(after, limits), strict=True)
    return stopped([b - a for a, b in pairs], _thresholds(limits, measure.unit)) is not None


def _before(measure: Measure, unit: str) -> tuple[float, ...]:
    values = values_of(measure)
    return values if measure.unit == unit else tuple(convert(value, measure.unit, unit) for value in values)


def _scaled(values: Sequence[float], limits: Limits) -> list[float]:
    """Worse upwards; on the log scale where changes are shares."""
    side = limits.side
    if limits.relative:
        return [side * math.log(value) for value in values]
    return [side * value for value in values]


def _rule_on_estimate(
    measure: Measure, chosen: Chosen, limits: Limits, before: list[float], after: list[float]
) -> Ruling:
    thresholds = _thresholds(limits, measure.unit)
    chance = None
    paired = not chosen.origin.stored and len(before) == len(after)
    if paired:
        differences = [b - a for a, b in zip(before, after, strict=True)]
        last = replay(differences, thresholds)
        outcome, found = last.outcome, last.estimate
        chance = chance_above(differences[: found.size]) if outcome is Outcome.FAIL else None
    else:
        found = shift(before, after, CONFIDENCE)
        outcome = judge(found, thresholds)
    change = _change(found, limits)
    ruling = Ruling(
        verdict=VERDICTS[outcome],
        reason=_reason(outcome, found, change, measure.unit),
        limit=limits.decided_by(outcome),
        change=change,
        chance=chance,
        compared=paired,
    )
    return _soften(ruling, measure, chosen)


def _reason(outcome: Outcome, found: Estimate, change: Change, unit: str) -> str:
    if not found.bounded:
        need = DEFAULT_LOOKS.pairs[0]
        return f"{show_change(change, unit)}: {found.size} values have no interval, {need} or more are needed"
    return f"{show_change(change, unit)} {_WORDS[outcome]}"


_WORDS = {
    Outcome.PASS: "is within the limits",
    Outcome.UNDECIDED: "neither shows nor excludes it",
    Outcome.WARN: "lies above the warning, and no change is excluded",
    Outcome.FAIL: "lies above the limit, and less than the warning is excluded",
}


def _soften(ruling: Ruling, measure: Measure, chosen: Chosen) -> Ruling:
    """A fail by a stored baseline of another machine, or of one that nobody named, is a warning."""
    same = measure.machine is not None and measure.machine == chosen.measure.machine
    if ruling.verdict is not Verdict.FAIL or not chosen.origin.stored or same:
        return ruling
    reason = f"{ruling.reason}; only a warning, for the baseline was measured on another machine"
    return replace(ruling, verdict=Verdict.WARN, reason=reason)


def _rule_on_single(measure: Measure, chosen: Chosen, limits: Limits) -> Ruling:
    found = worst_change(measure, chosen, limits.fail, limits.warn)
    if found.verdict is Verdict.PASS:
        return found
    need = f"one value has no interval: measure both sides in one job, {DEFAULT_LOOKS.pairs[0]} pairs or more"
    return replace(found, verdict=Verdict.UNDECIDED, reason=f"{found.reason}, but {need}")


def _thresholds(limits: Limits, unit: str) -> Thresholds:
    fail, warn = (_threshold(limit, limits.side, unit) for limit in (limits.fail, limits.warn))
    floor = warn if limits.warn else fail / 2
    return Thresholds(fail=fail, fail_floor=min(floor, fail), warn=warn, warn_floor=min(0.0, warn))


def _threshold(limit: ChangeLimit | None, side: int, unit: str) -> float:
    match limit:
        case None:
            return math.inf
        case RelativeLimit():
            return side * as_log(float(limit.change))
        case ShiftLimit():
            return side * float(in_unit(limit, unit))


def _change(found: Estimate, limits: Limits) -> Change:
    ends = (limits.side * found.lower, limits.side * found.upper)
    point, lower, upper = limits.side * found.point, min(ends), max(ends)
    if limits.relative:
        point, lower, upper = as_change(point), as_change(lower), as_change(upper)
    return Change(
        point=point,
        relative=limits.relative,
        lower=lower if found.bounded else None,
        upper=upper if found.bounded else None,
        confidence=found.confidence,
        size=found.size,
    )
