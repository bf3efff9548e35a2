"""Identifiers of shares: UUIDs of version 7 (RFC 9562), whose order is that of time, so that the database's index
grows at its end.
"""

from __future__ import annotations

import random
import time
from uuid import UUID

_random = random.SystemRandom()
_bits = random.Random(_random.getrandbits(256)).getrandbits  # noqa: S311 (they must differ, nobody must fail to guess them)


def new_identifier() -> UUID:
    """A new UUID."""
    milliseconds = time.time_ns() // 1_000_000
    noise = _bits(74)
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | noise >> 62
    return UUID(int=high << 64 | 0x8000_0000_0000_0000 | noise & 0x3FFF_FFFF_FFFF_FFFF)
