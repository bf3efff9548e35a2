"""What became of one connection's or one user's shares: verdicts in, counts and hashes a second over the last minutes
out.
"""

from __future__ import annotations

from functools import lru_cache

from loka_stratum.shares import Verdict

HASHES_OF_DIFFICULTY_ONE = 2**32
SLOT_SECONDS = 60
_SLOTS = 10


@lru_cache(maxsize=4)
def _end_of(slot: int) -> float:
    """When a slot is over. All tallies share the one number: their own would each be fetched for a share."""
    return float((slot + 1) * SLOT_SECONDS)


class Tally:
    """Counts by verdict, and sums of the accepted shares' difficulty by minute, for the last ten. Times are monotonic
    seconds.
    """

    __slots__ = ("_accepted", "_newest", "_now", "_others", "_since", "_sums", "_until")

    def __init__(self) -> None:
        self._accepted = 0
        self._others: dict[Verdict, int] = {}
        self._now = 0.0
        """The newest slot's sum, which is not in `_sums` yet."""
        self._sums: list[float] | None = None
        self._newest = -1
        self._since = 0.0
        self._until = 0.0
        """When the newest slot is over."""

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """What became of how many."""
        return {Verdict.ACCEPTED: self._accepted, **self._others}

    def accept(self, difficulty: float, now: float) -> None:
        """Count an accepted share, as nearly all are."""
        self._accepted += 1
        if now >= self._until:
            self._begin_slot(now)
        self._now += difficulty

    def refuse(self, verdict: Verdict) -> None:
        """Count any other."""
        self._others[verdict] = self._others.get(verdict, 0) + 1

    def hashrate(self, now: float) -> float:
        """Hashes a second, over the window or the time since the first share if that is shorter (a minute at least)."""
        if self._sums is None:
            return 0.0
        self._turn(self._sums, int(now) // SLOT_SECONDS)
        window = (_SLOTS - 1) * SLOT_SECONDS + now % SLOT_SECONDS
        seconds = max(SLOT_SECONDS, min(window, now - self._since))
        return (sum(self._sums) + self._now) * HASHES_OF_DIFFICULTY_ONE / seconds

    def _begin_slot(self, now: float) -> None:
        slot = int(now) // SLOT_SECONDS
        if self._sums is None:
            self._sums = [0.0] * _SLOTS
            self._newest, self._since = slot, now
        else:
            self._turn(self._sums, slot)
        self._until = _end_of(slot)

    def _turn(self, sums: list[float], slot: int) -> None:
        """Keep the newest slot's sum, and empty the slots between it and ``slot``, whose times are over."""
        if slot <= self._newest:
            return
        sums[self._newest % _SLOTS], self._now = self._now, 0.0
        for passed in range(self._newest + 1, min(slot, self._newest + _SLOTS) + 1):
            sums[passed % _SLOTS] = 0.0
        self._newest = slot
