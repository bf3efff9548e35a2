"""The store as the proxy has it: a ledger to call, a probe for the health page, and how things stand.

Opening it doesn't need the database; closing it waits a while for the rest to be stored, and leaves what is left to the
next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from loka_stratum.storage.database import Database
from loka_stratum.storage.generations import Generation, begin
from loka_stratum.storage.identities import Identities
from loka_stratum.storage.journal import Journal
from loka_stratum.storage.ledger import JournalLedger
from loka_stratum.storage.reserve import Reserve
from loka_stratum.storage.settings import StorageSettings
from loka_stratum.storage.storing import Storing
from loka_stratum.storage.writer import Writer

_PROBE = "SELECT FROM submissions LIMIT 0"
"""Fails where the tables aren't there: a proxy that can't store isn't healthy."""

_LEAST_SEGMENTS = 8
"""The journal's limit is made of so many segments at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageState:
    """How the store stands. Counts are of this process; sizes are bytes."""

    refusal: str | None
    """Why new shares are refused; None if they are taken."""
    away: str | None
    """Why the database can't store; None if it does, or nothing has had to be stored."""
    submitted: int
    answered: int
    outstanding: int
    """Without an answer yet."""
    waiting: int
    """Shares of this process that the database neither holds nor has refused."""
    turned_away: int
    """Shares that were refused because nothing more could be kept."""
    stored: int
    known: int
    recovered: int
    refused: int
    """By the database, for their values."""
    damaged: int
    journal_bytes: int
    most_bytes: int

    @property
    def accepting(self) -> bool:
        """Whether a new share would be kept."""
        return self.refusal is None


class ShareStore:
    """An open store."""

    def __init__(self, ledger: JournalLedger, writer: Writer, probe: Database, most_bytes: int) -> None:
        self.ledger = ledger
        self._writer = writer
        self._probe = probe
        self._most_bytes = most_bytes

    async def ping(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller's health page has one number for all
        """Whether the database answers within so many seconds, and has the tables."""
        return await self._probe.answers(_PROBE, timeout)

    def state(self) -> StorageState:
        """How it stands now."""
        ledger, progress = self.ledger, self._writer.progress
        return StorageState(
            refusal=ledger.refusal(),
            away=progress.away,
            submitted=ledger.submitted_count,
            answered=ledger.answered_count,
            outstanding=ledger.outstanding,
            waiting=max(0, ledger.submitted_count - progress.settled),  # less after a bug: then some are read twice
            turned_away=ledger.refused_count,
            stored=progress.stored,
            known=progress.known,
            recovered=progress.recovered,
            refused=progress.refused,
            damaged=progress.damaged,
            journal_bytes=ledger.journal.size + ledger.other_bytes,
            most_bytes=self._most_bytes,
        )


@asynccontextmanager
async def open_store(settings: StorageSettings) -> AsyncIterator[ShareStore]:
    """A store that keeps shares until the block ends. Raises ``StorageError`` if its folder can't be used."""
    settings = replace(settings, segment_bytes=min(settings.segment_bytes, settings.most_bytes // _LEAST_SEGMENTS))
    own = begin(settings.folder)
    ledger = open_ledger(
        own,
        segment_bytes=settings.segment_bytes,
        most_bytes=settings.most_bytes,
        most_outstanding=settings.most_outstanding,
    )
    database, probe = _database(settings), _database(settings)
    storing = Storing(database, Identities(settings.pools), seen_seconds=settings.seen_seconds)
    writer = Writer(settings, own, ledger, storing)
    running = asyncio.create_task(writer.run())
    try:
        yield ShareStore(ledger, writer, probe, settings.most_bytes)
    finally:
        writer.close()
        await asyncio.wait({running}, timeout=settings.drain_seconds)
        running.cancel()
        await asyncio.wait({running})
        ledger.close()
        writer.release()
        database.discard()
        probe.discard()


def open_ledger(own: Generation, *, segment_bytes: int, most_bytes: int, most_outstanding: int) -> JournalLedger:
    """A ledger in this process's generation. Sizes are bytes."""
    journal = Journal(own.folder, segment_bytes=segment_bytes)
    return JournalLedger(journal, Reserve(own.folder), most_bytes=most_bytes, most_outstanding=most_outstanding)


def _database(settings: StorageSettings) -> Database:
    return Database(
        settings.dsn, connect_seconds=settings.connect_seconds, statement_seconds=settings.statement_seconds
    )
