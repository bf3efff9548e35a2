"""The pure twin of the native cells, for where no compiler is: the same kinds, totals and errors, slower.

Each change holds a lock: ``+=`` on an attribute is several steps, between which another thread may run.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from threading import Lock
from typing import SupportsFloat, SupportsIndex

from loka_metrics.errors import MetricError

__all__ = ["Counter", "Gauge", "Histogram"]

_NUMBERS = (float, int, SupportsFloat, SupportsIndex)  # the usual ones first


class Counter:
    """A number that only goes up."""

    __slots__ = ("_lock", "_value")

    def __init__(self) -> None:
        self._value = 0.0
        self._lock = Lock()

    def inc(self, amount: float = 1) -> None:
        """Go up by a finite amount of at least 0."""
        exact = _number(amount)
        if not 0.0 <= exact < math.inf:
            raise MetricError(f"a counter goes up by finite amounts, not by {exact}")
        with self._lock:
            self._value += exact

    @property
    def value(self) -> float:
        """The total so far."""
        return self._value


class Gauge:
    """A number that goes up and down."""

    __slots__ = ("_lock", "_value")

    def __init__(self) -> None:
        self._value = 0.0
        self._lock = Lock()

    def set(self, value: float) -> None:
        """Take this value."""
        self._value = _number(value)

    def inc(self, amount: float = 1) -> None:
        """Go up."""
        exact = _number(amount)
        with self._lock:
            self._value += exact

    def dec(self, amount: float = 1) -> None:
        """Go down."""
        self.inc(-_number(amount))

    @property
    def value(self) -> float:
        """The value now."""
        return self._value


class Histogram:
    """Counts of values by size. The bounds are finite and rise; a value at a bound is below it."""

    __slots__ = ("_bounds", "_counts", "_lock", "_sum")

    def __init__(self, bounds: Iterable[float]) -> None:
        self._bounds = [_number(bound) for bound in bounds]
        pairs = zip(self._bounds, self._bounds[1:], strict=False)
        if not all(map(math.isfinite, self._bounds)) or not all(low < high for low, high in pairs):
            raise MetricError("the bounds of buckets are finite and each is above the last")
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        self._lock = Lock()

    def observe(self, value: float) -> None:
        """Count a value in its bucket."""
        exact = _number(value)
        bucket = len(self._bounds) if math.isnan(exact) else bisect_left(self._bounds, exact)
        with self._lock:
            self._counts[bucket] += 1
            self._sum += exact

    def snapshot(self) -> tuple[tuple[int, ...], float]:
        """How many values are at or below each bound and in all, and their sum."""
        with self._lock:
            return tuple(accumulate(self._counts)), self._sum


def _number(value: object) -> float:
    """The value as a float, as C sees it: text is none. Raises ``TypeError``."""
    if isinstance(value, _NUMBERS):
        return float(value)
    raise TypeError(f"must be real number, not {type(value).__name__}")
