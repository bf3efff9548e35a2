"""Times, counted finely enough for percentiles and in little memory: buckets that grow by two hundredths each. Pure."""

import math
from collections import Counter

_STEP = math.log(1.02)
_FLOOR = 1e-6
"""Seconds; anything faster counts as this."""


class Latencies:
    """Seconds, from a microsecond up, each within two hundredths of what it was."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.largest = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self._buckets[int(math.log(max(seconds, _FLOOR) / _FLOOR) / _STEP)] += 1
        self.count += 1
        self.largest = max(self.largest, seconds)

    def percentile(self, share: float) -> float | None:
        """The time that so many (0 to 1) are at or below; None without any."""
        wanted = share * self.count
        below = 0
        for bucket, count in sorted(self._buckets.items()):
            below += count
            if below >= wanted:
                return min(self.largest, _FLOOR * math.exp((bucket + 1) * _STEP))
        return None
