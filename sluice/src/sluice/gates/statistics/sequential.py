"""Comparing in looks: measure some pairs, look, stop or go on. In: log ratios so far. Out: stop or go on, and the
verdict.

After each look but the last there are two questions. Does the wide interval hold neither threshold? Then the
verdict is clear, whichever it is. Else: is all of the narrower, clearing interval below the warning? Then the
change is cleared: this stop can only end in a pass, so it can't raise an alarm. Why two, and why these numbers:
``docs/decisions/0004-comparisons.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from sluice.gates.statistics.estimate import Estimate, WalshAverages


class Outcome(StrEnum):
    """What a comparison says, the worst last: ``UNDECIDED`` is neither a pass nor a warning."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    UNDECIDED = "undecided"
    WARN = "warn"
    FAIL = "fail"


class Thresholds(Struct, frozen=True, kw_only=True):
    """Log ratios, worse upwards. An alarm needs the estimate above its threshold and the lower bound above its
    floor.
    """

    fail: float
    fail_floor: float
    warn: float
    warn_floor: float = 0.0


class Looks(Struct, frozen=True, kw_only=True):
    """After how many pairs to look, and the confidences of the two-sided intervals used then."""

    pairs: tuple[int, ...] = (8, 12, 16, 24, 32, 48, 64)
    deciding: float = 0.99
    clearing: float = 0.90
    last: float = 0.95

    @property
    def most(self) -> int:
        """The number of pairs at which a comparison ends in any case."""
        return self.pairs[-1]

    def after(self, pairs: int) -> int | None:
        """The next look when ``pairs`` are measured, or nothing after the last."""
        return next((look for look in self.pairs if look > pairs), None)


class Look(Struct, frozen=True, kw_only=True):
    """One look: the outcome stands only when ``stop`` is true."""

    outcome: Outcome
    estimate: Estimate
    stop: bool


DEFAULT_LOOKS = Looks()


def look(differences: Sequence[float], thresholds: Thresholds, looks: Looks = DEFAULT_LOOKS) -> Look:
    """What ``differences`` (log ratios, worse upwards) say now; raises ``ValueError`` when there are none."""
    averages = WalshAverages(differences)
    if len(differences) >= looks.most:
        last = averages.estimate(looks.last)
        return Look(outcome=judge(last, thresholds), estimate=last, stop=True)
    wide = averages.estimate(looks.deciding)
    if not (wide.holds(thresholds.warn) or wide.holds(thresholds.fail)):
        return Look(outcome=judge(wide, thresholds), estimate=wide, stop=True)
    narrow = averages.estimate(looks.clearing)
    if narrow.upper < min(thresholds.warn, thresholds.fail):
        return Look(outcome=Outcome.PASS, estimate=narrow, stop=True)
    return Look(outcome=judge(wide, thresholds), estimate=wide, stop=False)


def stopped(differences: Sequence[float], thresholds: Thresholds, looks: Looks = DEFAULT_LOOKS) -> Look | None:
    """The look at which a comparison of these pairs, in their order, stops; nothing while it goes on."""
    for count in looks.pairs:
        if count > len(differences):
            break
        if (found := look(differences[:count], thresholds, looks)).stop:
            return found
    return None


def replay(differences: Sequence[float], thresholds: Thresholds, looks: Looks = DEFAULT_LOOKS) -> Look:
    """The look at which a comparison of these pairs, in their order, stops; else what all of them say at its end.

    Fewer pairs than the last look: the interval of the last look is used on what there is.
    """
    if found := stopped(differences, thresholds, looks):
        return found
    last = WalshAverages(differences[: looks.most]).estimate(looks.last)
    return Look(outcome=judge(last, thresholds), estimate=last, stop=True)


def judge(found: Estimate, thresholds: Thresholds) -> Outcome:
    """The outcome of an interval. A pass has the estimate at or below the warning and a fail-sized change excluded."""
    if found.point > thresholds.fail and found.lower > thresholds.fail_floor:
        return Outcome.FAIL
    if found.point > thresholds.warn and found.lower > thresholds.warn_floor:
        return Outcome.WARN
    if found.point <= thresholds.warn and found.upper < thresholds.fail:
        return Outcome.PASS
    return Outcome.UNDECIDED
