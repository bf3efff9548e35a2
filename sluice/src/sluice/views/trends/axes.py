"""Where numbers lie in a drawing. In: values or how many there are. Out: a scale, round ticks, a few places."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

_STEPS = (1, 2, 2.5, 5, 10)
_MARGIN = 0.08
_WANTED = 5


class Scale(Struct, frozen=True, kw_only=True):
    """Values from ``low`` to ``high`` onto places from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of ``value``."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Some five round values within the scale."""
        step = round_step((self.high - self.low) / _WANTED)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def value_scale(values: Sequence[float], start: float, end: float) -> Scale:
    """A scale with some room on both sides; from 0 where the values lie near enough to it."""
    low, high = min(values), max(values)
    room = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
    if 0 <= low < high / 2:
        return Scale(low=0.0, high=high + room, start=start, end=end)
    return Scale(low=low - room, high=high + room, start=start, end=end)


def place_scale(count: int, start: float, end: float) -> Scale:
    """A scale for places 0 to ``count - 1``; a single one lies in the middle."""
    if count == 1:
        return Scale(low=-1, high=1, start=start, end=end)
    return Scale(low=0, high=count - 1, start=start, end=end)


def round_step(least: float) -> float:
    """The smallest round number that is at least ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))


def spread(count: int, most: int) -> list[int]:
    """At most ``most`` of ``count`` places, evenly apart, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]
