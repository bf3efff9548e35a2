"""Work of one pool, written so that a miner who knows only another pool's extranonce can do it.

A miner builds the coinbase as ``coinb1 + first + second + coinb2`` and can't be told a new first part unless it
asked for ``mining.extranonce.subscribe``. If the new pool leaves at least as many bytes to the miner as the miner's
own first and second part have together, those two can stand inside the new pool's second part: the new pool's first
part (and zeros for what is left over) goes to the end of ``coinb1``, and the miner's first part goes in front of
what it submits. The header it hashes is then exactly one of the new pool's. Nothing here knows a connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from loka_stratum.protocol.messages import MalformedError, decode
from loka_stratum.protocol.replies import encode
from loka_stratum.protocol.work import Extranonce


@dataclass(frozen=True, slots=True)
class Splice:
    """How a pool's work is rewritten for a miner that keeps another extranonce; both are hexadecimal text."""

    coinbase_suffix: str
    submit_prefix: str

    def work(self, params: Raw) -> bytes:
        """``mining.notify`` parameters whose first coinbase part carries the pool's extranonce."""
        parts = decode(params, list[Any])
        if len(parts) < 9 or not isinstance(parts[2], str):
            raise MalformedError("mining.notify has no coinbase")
        parts[2] += self.coinbase_suffix
        return encode(parts)

    def share(self, second: str) -> str:
        """The second extranonce that the pool must be given for what the miner submitted."""
        return self.submit_prefix + second


def splice(miner: Extranonce, pool: Extranonce) -> Splice | None:
    """How ``pool``'s work fits a miner that keeps ``miner``; None where the pool leaves too few bytes.

    >>> splice(Extranonce("aabbccdd", 4), Extranonce("01020304", 8))
    Splice(coinbase_suffix='01020304', submit_prefix='aabbccdd')
    >>> splice(Extranonce("aa", 4), Extranonce("01020304", 8))
    Splice(coinbase_suffix='01020304000000', submit_prefix='000000aa')
    """
    left = pool.second_size - miner.first_size - miner.second_size
    if left < 0:
        return None
    padding = "00" * left
    return Splice(coinbase_suffix=pool.first + padding, submit_prefix=padding + miner.first)


def with_clean_jobs(params: bytes) -> bytes:
    """``mining.notify`` parameters that void every older job."""
    parts = decode(Raw(params), list[Any])
    if len(parts) < 9:
        raise MalformedError("mining.notify has fewer than nine parameters")
    parts[8] = True
    return encode(parts)
