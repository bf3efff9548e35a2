"""What a pool says of work: jobs, difficulties, extranonces and version masks, read strictly and with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from sys import intern
from typing import Any

from msgspec import Raw

from loka_stratum.protocol.messages import MalformedError, decode

JOB_LIMIT = 128
"""Characters of a job id, and most bytes of an extranonce."""
_DIFFICULTY_DIGITS = 40
NO_ROLLING = "00000000"


@dataclass(frozen=True, slots=True)
class Extranonce:
    """The pool's part of the coinbase's nonce as hexadecimal text, and how many bytes are the miner's."""

    first: str
    second_size: int

    @property
    def first_size(self) -> int:
        """Bytes of the pool's part."""
        return len(self.first) // 2


@dataclass(frozen=True, slots=True)
class Subscription:
    """The answer to ``mining.subscribe``. ``session`` names it, for one who wants the same extranonce again."""

    extranonce: Extranonce
    session: str | None


def read_subscription(result: Raw) -> Subscription:
    """``[subscriptions, first, second size]``; subscriptions are ``[[method, session], ...]`` or one such pair."""
    parts = decode(result, list[Any])
    if len(parts) < 3:
        raise MalformedError("the answer to mining.subscribe has no extranonce")
    return Subscription(_extranonce(parts[1], parts[2]), _session(parts[0]))


def _session(subscriptions: object) -> str | None:
    pairs = [subscriptions, *subscriptions] if isinstance(subscriptions, list) else []
    for pair in pairs:
        match pair:
            case ["mining.notify", str(session), *_] if 0 < len(session) <= JOB_LIMIT:
                return session
            case _:
                pass
    return None


def read_extranonce(params: Raw) -> Extranonce:
    """The extranonce in ``mining.set_extranonce``: ``[first, second size]``."""
    parts = decode(params, list[Any])
    if len(parts) < 2:
        raise MalformedError("mining.set_extranonce has no extranonce")
    return _extranonce(parts[0], parts[1])


def _extranonce(first: object, second_size: object) -> Extranonce:
    if not (isinstance(first, str) and len(first) <= 2 * JOB_LIMIT and len(first) % 2 == 0 and is_hexadecimal(first)):
        raise MalformedError("the extranonce is not hexadecimal bytes")
    if not (isinstance(second_size, int) and 0 < second_size <= JOB_LIMIT):
        raise MalformedError("the size of the second extranonce is not a small number")
    return Extranonce(first.lower(), second_size)


def is_hexadecimal(text: str) -> bool:
    """Whether every character is a hexadecimal digit."""
    return all(character in "0123456789abcdefABCDEF" for character in text)


def read_difficulty(params: Raw) -> Decimal:
    """The difficulty in ``mining.set_difficulty``, exactly as it is written: a positive number of bounded length."""
    parts = decode(params, list[Raw])
    if not parts:
        raise MalformedError("mining.set_difficulty has no number")
    return exact_difficulty(bytes(parts[0]).decode())


@lru_cache(maxsize=256)  # every connection is told the same few: they share them
def exact_difficulty(text: str) -> Decimal:
    """The number in ``text`` as a difficulty. Raises ``MalformedError``.

    >>> exact_difficulty("0.001")
    Decimal('0.001')
    """
    try:
        difficulty = Decimal(text)
    except InvalidOperation:
        raise MalformedError("the difficulty is not a number") from None
    magnitude = difficulty.adjusted() if difficulty.is_finite() else _DIFFICULTY_DIGITS
    if difficulty <= 0 or len(text) > _DIFFICULTY_DIGITS or abs(magnitude) >= _DIFFICULTY_DIGITS // 2:
        raise MalformedError("the difficulty is not a positive number in bounds")
    return difficulty


@dataclass(frozen=True, slots=True)
class Job:
    """What the proxy reads of a ``mining.notify``: which job, and whether older ones are void."""

    id: str
    clean: bool


def read_job(params: Raw) -> Job:
    """The job in the parameters of ``mining.notify``; all else is left as it is. Connections share its id."""
    parts = decode(params, list[Raw])
    if len(parts) < 9:
        raise MalformedError("mining.notify has fewer than nine parameters")
    identifier = decode(parts[0], str)
    if not 0 < len(identifier) <= JOB_LIMIT:
        raise MalformedError("the job id is empty or too long")
    return Job(intern(identifier), bytes(parts[8]) == b"true")


def read_mask(value: object) -> str:
    """A version mask: eight hexadecimal digits at most."""
    if isinstance(value, str) and 0 < len(value) <= 8 and is_hexadecimal(value):
        return value.lower().zfill(8)
    raise MalformedError("the version mask is not hexadecimal")
