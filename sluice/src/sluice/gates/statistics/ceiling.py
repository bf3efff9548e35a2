"""A value against a fixed limit. In: values and the limit, worse upwards. Out: the outcome with the interval.

It fails when the lower bound of the interval is at or above the limit, passes when the estimate is below it, and is
undecided between: an estimate above a limit that the interval still reaches below. The interval is the exact 95 %
one; up to five values can't give that, so their smallest and largest are the bounds, at the confidence that these
have.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sluice.gates.statistics.estimate import Estimate, estimate
from sluice.gates.statistics.rank_sum import condense
from sluice.gates.statistics.sequential import Outcome

CONFIDENCE = 0.95
MOST = 48
"""Values used; a longer sample is cut into so many stretches, each giving its median."""


def against_ceiling(values: Sequence[float], limit: float) -> tuple[Outcome, Estimate]:
    """The outcome of ``values`` under a ceiling; raises ``ValueError`` without values."""
    found = level(values)
    if found.lower >= limit:
        return Outcome.FAIL, found
    return (Outcome.PASS if found.point < limit else Outcome.UNDECIDED), found


def level(values: Sequence[float]) -> Estimate:
    """The middle of ``values`` with its interval; raises ``ValueError`` without values."""
    used = condense(values, MOST)
    found = estimate(used, CONFIDENCE)
    if found.bounded:
        return found
    return replace(found, lower=min(used), upper=max(used), confidence=1 - 2 / 2**found.size)
