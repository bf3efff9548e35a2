"""What each share is stamped with: an identifier and the time of day.

Identifiers are UUIDs of version 7 (RFC 9562), whose order is that of time, so that the database's index grows at its
end: a millisecond, then a number that begins anywhere and goes up (section 6.2, method 2, its start drawn once for a
process). Both the time of day and the identifiers' first half are made anew only when a millisecond has passed:
making them costs more than all else that is done for a share.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from uuid import UUID, SafeUUID

_TICK = 0.001
"""Seconds for which a time of day holds."""
_VERSION, _VARIANT = 0x7 << 76, 0x2 << 62
_START_BITS = 61
"""Half of the numbers are left to count up in."""
_blank = UUID.__new__
_set_number = UUID.__dict__["int"].__set__
_set_safety = UUID.__dict__["is_safe"].__set__


class Stamps:
    """One process's stamps. ``now`` is its monotonic clock's seconds, which never go back."""

    __slots__ = ("_fixed", "_head", "_tail", "_time", "_until")

    def __init__(self) -> None:
        chance = random.SystemRandom()
        self._tail = chance.getrandbits(_START_BITS)
        self._fixed = _VERSION | chance.getrandbits(12) << 64 | _VARIANT
        self._head = 0
        self._time = datetime.now(UTC)
        self._until = float("-inf")

    def time(self, now: float) -> datetime:
        """The time of day, UTC; at most a millisecond ago."""
        if now >= self._until:
            self._tick(now)
        return self._time

    def new(self, now: float) -> tuple[UUID, datetime]:
        """A new identifier, and the time of day."""
        if now >= self._until:
            self._tick(now)
        self._tail = tail = self._tail + 1
        made = _blank(UUID)  # UUID() reads and checks its six possible arguments for a microsecond
        _set_number(made, self._head | tail)
        _set_safety(made, SafeUUID.unknown)
        return made, self._time

    def _tick(self, now: float) -> None:
        self._until = now + _TICK
        self._time = time = datetime.now(UTC)
        milliseconds = int(time.timestamp() * 1000)
        self._head = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | self._fixed
