"""Change points: the commits at which a measure's level moved and stayed. In: values in order. Out: where, by how much.

Each stretch is split where Pettitt's rank statistic is largest, if that is significant, and both parts are looked
at again (binary segmentation). Ranks make outliers harmless: one slow run is no change point. They say that there is a
change, and not quite where: of values that creep up and then leap, the middle has the largest statistic. So each change
is placed once more between its neighbours, where both levels' distances from their medians are least. Sources:
A. N. Pettitt, "A non-parametric approach to the change-point problem", Applied Statistics 28 (1979); A. J. Scott and
M. Knott, "A cluster analysis method for grouping means in the analysis of variance", Biometrics 30 (1974).
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush, heappushpop
from itertools import pairwise

from msgspec import Struct

SIGNIFICANCE = 0.01
SHORTEST = 5
"""Values that a level needs on each side of a change."""


class ChangePoint(Struct, frozen=True, kw_only=True):
    """From ``index`` on, counted from 0, the level is ``after``; both levels are medians, up to the next change.

    ``chance``: how likely so clear a split is in a series without a change, by Pettitt's approximation.
    """

    index: int
    before: float
    after: float
    chance: float

    @property
    def change(self) -> float:
        """Relative to the level before; infinite from 0."""
        if self.before:
            return (self.after - self.before) / abs(self.before)
        return math.copysign(math.inf, self.after) if self.after else 0.0


def find_changes(values: Sequence[float], significance: float = SIGNIFICANCE, least: float = 0.0) -> list[ChangePoint]:
    """The change points of ``values``, oldest first; ``least`` drops those whose level moved by a smaller share.

    ``significance`` is the chance of finding one where there is none, for each stretch looked at. Raises ``ValueError``
    for values that aren't finite.
    """
    if not all(map(math.isfinite, values)):
        raise ValueError("a history needs finite values")
    splits: dict[int, float] = {}
    waiting = [(0, len(values))]
    while waiting:
        start, end = waiting.pop()
        found = split(values[start:end])
        if found and found[1] <= significance:
            splits[start + found[0]] = found[1]
            waiting += [(start, start + found[0]), (start + found[0], end)]
    return [point for point in _levels(values, _refine(values, splits)) if abs(point.change) >= least]


def _refine(values: Sequence[float], splits: dict[int, float]) -> dict[int, float]:
    """Place each change again between its neighbours: several changes to one side draw one another nearer."""
    for _ in range(len(splits)):
        edges = [0, *sorted(splits), len(values)]
        moved: dict[int, float] = {}
        for before, at, after in zip(edges, edges[1:], edges[2:], strict=False):
            start = max(moved, default=before)
            moved[start + place(values[start:after]) if after - start >= 2 * SHORTEST else at] = splits[at]
        if moved == splits:
            break
        splits = moved
    return splits


def split(values: Sequence[float]) -> tuple[int, float] | None:
    """The likeliest change of one stretch, as the index of its first new value, and its chance.

    The statistic at t is the sum of sign(later - earlier) over all pairs across t; its maximum K over t has the chance
    2 exp(-6 K^2 / (T^3 + T^2)) in T values without a change (Pettitt, equation 3.3). Splits that leave a side with
    fewer than :data:`SHORTEST` values don't count, nor do stretches too short for two sides.
    """
    size = len(values)
    if size < 2 * SHORTEST:
        return None
    best, largest, sum_so_far = 0, 0, 0
    ranks = _centred_ranks(values)
    for index, rank in enumerate(ranks[: size - SHORTEST], 1):
        sum_so_far += rank
        if index >= SHORTEST and abs(sum_so_far) > largest:
            best, largest = index, abs(sum_so_far)
    chance = 2 * math.exp(-6 * largest**2 / (size**3 + size**2))
    return (best, min(1.0, chance)) if best else None


def place(values: Sequence[float]) -> int:
    """The index at which a stretch with a change is best cut in two levels; both sides have :data:`SHORTEST` values.

    The sum of distances from each side's median is least there; of several such, it is the first.
    """
    left, right = _deviations(values), _deviations(values[::-1])[::-1]
    return min(range(SHORTEST, len(values) - SHORTEST + 1), key=lambda cut: left[cut - 1] + right[cut])


def _deviations(values: Sequence[float]) -> list[float]:
    """For each beginning of ``values``, the sum of distances from its median, which is on top of the lower half."""
    lower: list[float] = []  # negative, so that the largest comes first
    upper: list[float] = []
    found: list[float] = []
    below = above = 0.0
    for value in values:
        up = -heappushpop(lower, -value)
        heappush(upper, up)
        below, above = below + value - up, above + up
        if len(upper) > len(lower):
            down = heappop(upper)
            heappush(lower, -down)
            below, above = below + down, above - down
        found.append(above - below - lower[0] * (len(lower) - len(upper)))
    return found


def _centred_ranks(values: Sequence[float]) -> list[int]:
    """For each value, how many are smaller less how many are larger: Pettitt's statistic is their running sum."""
    ordered = sorted(values)
    size = len(ordered)
    return [bisect_left(ordered, value) - (size - bisect_right(ordered, value)) for value in values]


def _levels(values: Sequence[float], splits: dict[int, float]) -> list[ChangePoint]:
    edges = [0, *sorted(splits), len(values)]
    medians = [statistics.median(values[start:end]) for start, end in pairwise(edges) if end > start]
    return [
        ChangePoint(index=index, before=before, after=after, chance=splits[index])
        for index, before, after in zip(edges[1:-1], medians, medians[1:], strict=False)
    ]
