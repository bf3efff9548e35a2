"""The writer: reads journals as queues, and stores what is in them. First those of dead processes, then its own.

It holds one chunk of lines at a time. What it has stored it removes from the disk, a segment at a time, in order. When
the database is away it waits, longer each time, with the batch in its hand; everything behind that stays on disk.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass

from loka_stratum.storage.errors import DatabaseAwayError
from loka_stratum.storage.generations import Generation, claim_dead
from loka_stratum.storage.journal import segment_path
from loka_stratum.storage.ledger import JournalLedger
from loka_stratum.storage.pairing import Settled
from loka_stratum.storage.refusals import Refusals
from loka_stratum.storage.settings import StorageSettings
from loka_stratum.storage.source import Source
from loka_stratum.storage.storing import Storing

_FIRST_DELAY_SECONDS = 0.1
_RETRY_SECONDS = 1.0
_MOST_AT_ONCE = 2_000

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """What the writer has done so far, and how it stands."""

    stored: int = 0
    known: int = 0
    """Shares that had been stored before, and were read again."""
    refused: int = 0
    damaged: int = 0
    """Lines that couldn't be read: torn by the death of a process or a machine."""
    recovered: int = 0
    """Shares of dead processes, of those that were stored."""
    settled: int = 0
    """Shares of this process that wait for the database no more: stored (maybe before a doubt), or refused by it."""
    away: str | None = None
    """Why the database can't store; None if it does."""


class Writer:
    """Stores what the ledger's journal and those of dead processes hold."""

    def __init__(self, settings: StorageSettings, own: Generation, ledger: JournalLedger, storing: Storing) -> None:
        self.progress = Progress()
        self._settings = settings
        self._own: Generation | None = own
        self._ledger = ledger
        self._storing = storing
        self._refusals = Refusals(settings.folder)
        self._dead = [generation for generation in claim_dead(settings.folder) if generation.folder != own.folder]
        self._source = Source(own.folder)
        self._closing = asyncio.Event()
        self._count_other_bytes()

    def close(self) -> None:
        """Nothing will be submitted any more: `run` returns when all is stored."""
        self._closing.set()
        self._ledger.news.set()

    def release(self) -> None:
        """Give up what is still locked: the next process stores it."""
        for generation in self._dead:
            generation.release()
        if self._own is not None:
            self._own.release()

    async def run(self) -> None:
        """Store until closed. A bug doesn't end it.

        It begins again with what is in the journal, which nothing changes.
        """
        while True:
            try:
                return await self._store_all()
            except Exception as error:  # mining goes on; the status shows it, and the log where
                log.exception("a bug in the writer: it begins again")
                self.progress.away = f"a bug in the writer: {error!r}"
                self._source = Source(self._source.folder)
                self._ledger.news.set()
            await asyncio.sleep(self._settings.most_delay_seconds)

    async def recover(self) -> None:
        """Store what dead processes left."""
        while self._dead:
            await self._store_dead(self._dead[0])
            self._dead.pop(0).remove()
            self._count_other_bytes()

    async def catch_up(self) -> None:
        """Store what this process's journal holds now."""
        source, journal = self._source, self._ledger.journal
        while not source.has_read(journal.end):
            await self._store_own(source.next_batch(journal.end))
            source.repeat_waiting(self._ledger)
            for segment in source.settled_segments():
                journal.remove(segment)
            if source.has_read(journal.end) and self._ledger.refusal() is not None:
                self._make_room()

    async def _store_all(self) -> None:
        await self.recover()
        while not self._closing.is_set():
            await self._hear()
            await self.catch_up()
            await self._linger()
        await self._finish()

    async def _finish(self) -> None:
        """Nothing comes any more: who waits gets no answer, and what the disk couldn't take is stored from memory."""
        self._ledger.retry()
        await self.catch_up()
        await self._store_own(self._source.settle(self._ledger.owed()))
        await self._store_own(self._source.give_up())
        await self._see()
        self._ledger.journal.close()
        if self._own is not None:
            self._own.remove()
            self._own = None

    async def _store_dead(self, generation: Generation) -> None:
        source, end, before = Source(generation.folder), generation.end(), self.progress.stored
        while not source.has_read(end):
            await self._store(source.next_batch(end))
            for segment in source.settled_segments():
                segment_path(generation.folder, segment).unlink(missing_ok=True)
            self._count_other_bytes()
        await self._store(source.give_up())
        self.progress.damaged += source.damaged
        self.progress.recovered += self.progress.stored - before
        log.info("stored %d shares of a process that ended, %s", self.progress.stored - before, generation.folder.name)

    async def _hear(self) -> None:
        """Wait for a new line; but not for long where the disk owes one."""
        seconds = None if self._ledger.retry() else _RETRY_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await self._ledger.news.wait()
        except TimeoutError:
            return
        self._ledger.news.clear()

    async def _linger(self) -> None:
        """Let some shares gather."""
        try:
            async with asyncio.timeout(self._settings.linger_seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def _make_room(self) -> None:
        """All of the present segment is stored, and nothing more fits beside it: begin another, so that it can go."""
        try:
            self._ledger.journal.rotate()
        except OSError as error:
            log.warning("the journal can't begin a new file: %s", error)

    async def _store_own(self, batch: Sequence[Settled]) -> None:
        await self._store(batch)
        self.progress.settled += len(batch)

    async def _store(self, batch: Sequence[Settled]) -> None:
        for start in range(0, len(batch), _MOST_AT_ONCE):
            await self._store_until_done(batch[start : start + _MOST_AT_ONCE])

    async def _store_until_done(self, batch: Sequence[Settled]) -> None:
        delay = _FIRST_DELAY_SECONDS
        while True:
            try:
                stored = await self._storing.store(batch)
                self._refusals.keep(stored.refused)
            except DatabaseAwayError as error:
                self._away(str(error))
                await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311 - so that proxies don't come back at once
                delay = min(2 * delay, self._settings.most_delay_seconds)
            else:
                self._back()
                self.progress.stored += stored.new
                self.progress.known += stored.known
                self.progress.refused += len(stored.refused)
                return

    async def _see(self) -> None:
        try:
            await self._storing.write_seen()
        except DatabaseAwayError as error:
            log.warning("when workers were last seen couldn't be stored: %s", error)

    def _away(self, why: str) -> None:
        if self.progress.away is None:
            log.warning("the database is away, shares are kept on disk: %s", why)
        self.progress.away = why

    def _back(self) -> None:
        if self.progress.away is not None:
            log.warning("the database is back")
        self.progress.away = None

    def _count_other_bytes(self) -> None:
        self._ledger.other_bytes = sum(generation.size() for generation in self._dead) + self._refusals.size
