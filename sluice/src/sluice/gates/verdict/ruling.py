"""What one gate says of one measure, before the policy's answers and waivers. It must not know of other gates."""

from __future__ import annotations

from msgspec import Struct

from sluice.evidence.model import Measure
from sluice.evidence.units import Dimension, unit_named
from sluice.gates.policy.model import Limit
from sluice.gates.statistics.sequential import Outcome
from sluice.gates.verdict.model import Change, Verdict

_VARYING = (Dimension.TIME, Dimension.RATE, Dimension.BYTE_RATE)


class Ruling(Struct, frozen=True, kw_only=True):
    """A verdict with its reason; ``limit`` is the one that decided, ``compared`` whether pairs were compared.

    ``new`` marks a measure without a baseline, whose verdict the policy gives.
    """

    verdict: Verdict
    reason: str
    limit: Limit | None = None
    change: Change | None = None
    chance: float | None = None
    compared: bool = False
    new: bool = False


class UnjudgeableError(Exception):
    """A limit that doesn't fit the measure; the message says why."""


VERDICTS = {
    Outcome.PASS: Verdict.PASS,
    Outcome.UNDECIDED: Verdict.UNDECIDED,
    Outcome.WARN: Verdict.WARN,
    Outcome.FAIL: Verdict.FAIL,
}


def varies(measure: Measure) -> bool:
    """Whether another run of the same code may give another value: timings and rates, and whatever has samples that
    differ.

    Sizes, shares, counts and ages (in days) with a single value, or always the same, are taken as they are.
    """
    if unit_named(measure.unit).dimension in _VARYING and measure.unit != "d":
        return True
    return len(set(measure.samples)) > 1


def values_of(measure: Measure) -> tuple[float, ...]:
    """The samples, or the value where there are none."""
    return measure.samples or (measure.value,)
