"""The slope of a series, by the median of the slopes of all pairs (Theil and Sen), with Kendall's interval. Pure.

Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63 (1968): a few outliers, such as a
collector's pauses, move neither the slope nor the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from statistics import NormalDist, median

from sluice.resources.model import Slope

FEWEST = 10
"""Points below which there is no interval worth the name."""
_MOST = 400
"""Points that are looked at; a longer series is thinned out evenly."""


def fit(points: Sequence[tuple[float, float]], confidence: float = 0.99) -> Slope | None:
    """The slope of points (time, value); nothing for fewer than ``FEWEST``, or when all have one time."""
    if len(points) < FEWEST:
        return None
    step = max(1, -(-len(points) // _MOST))
    kept = points[::step]
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(kept, 2) if x2 != x1)
    if not slopes:
        return None
    low, high = _ranks(len(kept), len(slopes), confidence)
    return Slope(estimate=median(slopes), low=slopes[low], high=slopes[high])


def _ranks(points: int, slopes: int, confidence: float) -> tuple[int, int]:
    """Which of the sorted slopes bound the interval: Kendall's statistic is nearly normal from ten points on."""
    deviation = sqrt(points * (points - 1) * (2 * points + 5) / 18)
    width = NormalDist().inv_cdf((1 + confidence) / 2) * deviation
    low = int((slopes - width) / 2)
    return max(0, low), min(slopes - 1, slopes - 1 - low)
