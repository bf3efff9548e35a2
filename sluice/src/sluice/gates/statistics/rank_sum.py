"""Two samples that aren't paired: by how much the second lies above the first. In: numbers. Out: shift and its
interval.

The Hodges-Lehmann shift, the median of all differences, with the exact interval of the Mann-Whitney statistic.
Source: H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is stochastically larger
than the other", Annals of Mathematical Statistics 18 (1947). What shifts a whole run isn't in the interval: two
runs on one machine can differ by more than it says, which is why pairs measured in one job are preferred.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from sluice.gates.statistics.estimate import Estimate

MOST = 16
"""Numbers used of each side; a longer sample is cut into so many stretches, each giving its median."""


@lru_cache(maxsize=512)
def arrangements(first: int, second: int) -> tuple[int, ...]:
    """At index ``u``, how many orders of two samples of these sizes have the Mann-Whitney statistic ``u``.

    These are the coefficients of the Gaussian binomial: the product over i of (1 - q^(second + i)) / (1 - q^i).
    """
    size = first * second + 1
    counts = [1, *[0] * (size - 1)]
    for step in range(1, first + 1):
        for at in range(size - 1, second + step - 1, -1):
            counts[at] -= counts[at - second - step]
        for at in range(step, size):
            counts[at] += counts[at - step]
    return tuple(counts)


@lru_cache(maxsize=1024)
def order_of_bound(first: int, second: int, confidence: float) -> int:
    """Which difference, counted from 1 at either end, bounds the two-sided interval; 0 where none can."""
    allowed = (1 - confidence) / 2 * math.comb(first + second, first)
    seen = 0
    for order, count in enumerate(arrangements(first, second)):
        seen += count
        if seen > allowed:
            return order
    raise AssertionError("all orders together exceed any share of them")  # pragma: no cover


def shift(before: Sequence[float], after: Sequence[float], confidence: float) -> Estimate:
    """By how much ``after`` lies above ``before``; raises ``ValueError`` for an empty side or numbers that aren't
    finite.
    """
    if not before or not after or not all(map(math.isfinite, (*before, *after))):
        raise ValueError("a shift needs finite numbers on both sides")
    first, second = condense(before), condense(after)
    rows = sorted(b - a for a in first for b in second)
    order = order_of_bound(len(first), len(second), confidence)
    return Estimate(
        point=(rows[len(rows) // 2] + rows[(len(rows) - 1) // 2]) / 2,
        lower=rows[order - 1] if order else -math.inf,
        upper=rows[-order] if order else math.inf,
        confidence=confidence,
        size=min(len(first), len(second)),
    )


def condense(numbers: Sequence[float], most: int = MOST) -> Sequence[float]:
    """At most ``most`` numbers: the medians of as many stretches of equal length (within one), in their order."""
    if len(numbers) <= most:
        return numbers
    cuts = [index * len(numbers) // most for index in range(most + 1)]
    return [statistics.median(numbers[start:end]) for start, end in pairwise(cuts)]
