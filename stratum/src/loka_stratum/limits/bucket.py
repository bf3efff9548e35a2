"""A token bucket: how many messages came in, how long to read no more out."""

from __future__ import annotations


class Bucket:
    """Holds at most ``burst`` tokens and gains ``rate`` a second. It may owe tokens: what has been read has been
    read.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens", "strikes")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now
        self.strikes = 0
        """Times it was overdrawn since it was last full."""

    def take(self, count: int, now: float) -> float:
        """Take ``count`` tokens; the seconds to wait until the bucket owes none, 0 if it doesn't."""
        tokens = self._tokens + (now - self._at) * self._rate
        if tokens >= self._burst:
            tokens = self._burst
            self.strikes = 0
        self._at = now
        self._tokens = tokens = tokens - count
        if tokens >= 0:
            return 0.0
        self.strikes += 1
        return -tokens / self._rate
