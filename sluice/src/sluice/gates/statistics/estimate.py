"""Where the middle of a sample lies, and between which bounds. In: numbers. Out: the Hodges-Lehmann estimate.

Source: J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests", Annals of Mathematical
Statistics 34 (1963). It assumes that the numbers lie evenly around their middle, and nothing about the shape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from sluice.gates.statistics.signed_rank import order_of_bound


class Estimate(Struct, frozen=True, kw_only=True):
    """A middle with its interval, in the unit of the numbers. Too few numbers for the confidence: infinite bounds."""

    point: float
    lower: float
    upper: float
    confidence: float
    size: int

    @property
    def bounded(self) -> bool:
        """Whether the sample was large enough for an interval."""
        return math.isfinite(self.lower) and math.isfinite(self.upper)

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies in the closed interval."""
        return self.lower <= value <= self.upper


class WalshAverages:
    """The means of all pairs of a sample, each number with itself too, sorted once for several confidences."""

    def __init__(self, numbers: Sequence[float]) -> None:
        """Raises ``ValueError`` for an empty sample or one with a number that isn't finite."""
        if not numbers or not all(map(math.isfinite, numbers)):
            raise ValueError("an estimate needs finite numbers")
        self._size = len(numbers)
        self._sorted = sorted((a + b) / 2 for place, a in enumerate(numbers) for b in numbers[place:])

    def estimate(self, confidence: float) -> Estimate:
        """The median of the averages and its exact two-sided interval."""
        rows = self._sorted
        order = order_of_bound(self._size, confidence)
        return Estimate(
            point=(rows[len(rows) // 2] + rows[(len(rows) - 1) // 2]) / 2,
            lower=rows[order - 1] if order else -math.inf,
            upper=rows[-order] if order else math.inf,
            confidence=confidence,
            size=self._size,
        )


def estimate(numbers: Sequence[float], confidence: float) -> Estimate:
    """The Hodges-Lehmann estimate of ``numbers``; raises ``ValueError`` for an empty sample."""
    return WalshAverages(numbers).estimate(confidence)
