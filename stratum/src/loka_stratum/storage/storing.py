"""Stores a batch of settled shares: pairs in, rows out, exactly once. Raises `DatabaseAwayError` when it can't now.

A share's id is its key, so a batch may be stored again after a doubt (a connection lost at the commit, a journal read a
second time) without a row too many. A value that the database refuses is searched for by halves, so that it costs its
neighbours nothing; it is handed back, never dropped.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from loka_stratum.storage.database import Database, Meaning, explain, meaning
from loka_stratum.storage.errors import DatabaseAwayError
from loka_stratum.storage.identities import Identities, Name, WorkerKey
from loka_stratum.storage.pairing import Settled

_INSERT = """
INSERT INTO submissions
  (id, worker_id, pool_id, job, difficulty, verdict, reject_reason, submitted_at, answered_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::numeric[], $6::text[], $7::text[],
                     $8::timestamptz[], $9::timestamptz[])
ON CONFLICT (id) DO NOTHING
"""
"""One statement for a batch. COPY is little faster here, and can't pass over what is stored already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a batch."""

    new: int
    """Rows that are there now and weren't before."""
    known: int = 0
    """Shares that had been stored already."""
    refused: tuple[tuple[Settled, str], ...] = ()
    """Shares that the database won't take, with its words."""

    def __add__(self, other: Stored) -> Stored:
        return Stored(new=self.new + other.new, known=self.known + other.known, refused=self.refused + other.refused)


class Storing:
    """The writing side of one database."""

    def __init__(self, database: Database, identities: Identities, *, seen_seconds: float) -> None:
        self._database = database
        self._identities = identities
        self._seen_seconds = seen_seconds
        self._next_seen = time.monotonic() + seen_seconds

    async def store(self, batch: Sequence[Settled]) -> Stored:
        """Store it all. Raises ``DatabaseAwayError``.

        Then some of it may be stored, and all of it may be given again.
        """
        try:
            connection = await self._database.connection()
        except Exception as error:
            raise DatabaseAwayError(explain(error)) from error
        stored = await self._store(connection, batch, fresh=True)
        if time.monotonic() >= self._next_seen:
            await self.write_seen()
        return stored

    async def write_seen(self) -> None:
        """Bring `last_seen_at` of every worker up to date. Raises ``DatabaseAwayError``."""
        if not self._identities.saw_any:
            return
        try:
            await self._identities.write_seen(await self._database.connection())
        except Exception as error:
            self._database.discard()
            raise DatabaseAwayError(explain(error)) from error
        self._next_seen = time.monotonic() + self._seen_seconds

    async def _store(self, connection: asyncpg.Connection, batch: Sequence[Settled], *, fresh: bool) -> Stored:
        try:
            return await self._insert(connection, batch)
        except Exception as error:
            match meaning(error):
                case Meaning.STALE_KEY if fresh:
                    self._identities.forget()
                    return await self._store(connection, batch, fresh=False)
                case Meaning.STALE_KEY | Meaning.REFUSED if len(batch) == 1:
                    return Stored(new=0, refused=((batch[0], explain(error)),))
                case Meaning.STALE_KEY | Meaning.REFUSED:
                    middle = len(batch) // 2
                    left = await self._store(connection, batch[:middle], fresh=fresh)
                    return left + await self._store(connection, batch[middle:], fresh=fresh)
                case Meaning.AWAY:
                    self._database.discard()
                    raise DatabaseAwayError(explain(error)) from error

    async def _insert(self, connection: asyncpg.Connection, batch: Sequence[Settled]) -> Stored:
        keys = await self._identities.keys(connection, (settled.share for settled in batch))
        rows = [self._row(settled, keys) for settled in batch]
        tag: str = await connection.execute(_INSERT, *map(list, zip(*rows, strict=True)))
        new = int(tag.rpartition(" ")[2])
        return Stored(new=new, known=len(batch) - new)

    def _row(self, settled: Settled, keys: Mapping[Name, WorkerKey]) -> tuple[object, ...]:
        share, answer = settled.share, settled.answer
        key = keys[share.pool, share.miner, share.worker]
        self._identities.see(key.worker, share.submitted_at)
        reason, answered_at = (None, None) if answer is None else (answer.reason, answer.answered_at)
        ids = (share.id, key.worker, key.pool)
        verdict = settled.verdict.value
        return (*ids, share.job, share.difficulty, verdict, reason, share.submitted_at, answered_at)
