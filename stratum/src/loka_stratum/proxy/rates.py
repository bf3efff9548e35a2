"""How much work accepted shares stand for: difficulties and times in, hashes a second over the last minutes out."""

from __future__ import annotations

HASHES_OF_DIFFICULTY_ONE = 2**32
SLOT_SECONDS = 60
_SLOTS = 10


class WorkRate:
    """Sums of difficulty by minute, for the last ten. Times are monotonic seconds."""

    __slots__ = ("_newest", "_since", "_sums")

    def __init__(self) -> None:
        self._sums: list[float] | None = None
        self._newest = 0
        self._since = 0.0

    def add(self, difficulty: float, now: float) -> None:
        """Note an accepted share."""
        slot = int(now) // SLOT_SECONDS
        sums = self._sums
        if sums is None:
            sums = self._sums = [0.0] * _SLOTS
            self._newest = slot
            self._since = now
        elif slot != self._newest:
            self._turn(sums, slot)
        sums[slot % _SLOTS] += difficulty

    def hashrate(self, now: float) -> float:
        """Hashes a second, over the window or the time since the first share if that is shorter (a minute at least)."""
        if self._sums is None:
            return 0.0
        self._turn(self._sums, int(now) // SLOT_SECONDS)
        window = (_SLOTS - 1) * SLOT_SECONDS + now % SLOT_SECONDS
        seconds = max(SLOT_SECONDS, min(window, now - self._since))
        return sum(self._sums) * HASHES_OF_DIFFICULTY_ONE / seconds

    def _turn(self, sums: list[float], slot: int) -> None:
        """Empty the slots between the newest and ``slot``, whose times are over."""
        for passed in range(self._newest + 1, min(slot, self._newest + _SLOTS) + 1):
            sums[passed % _SLOTS] = 0.0
        self._newest = max(self._newest, slot)
