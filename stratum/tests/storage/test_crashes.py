"""Any order of shares, answers, batches, outages and deaths, against a table in memory: the stored set is the right
one.

The writer and the journal are the real ones; the table can be away, and can end the process before or after it took a
part of a batch.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shares_at_hand import VERDICTS, answer, mine, share

from loka_stratum.shares import Share
from loka_stratum.storage.database import Database
from loka_stratum.storage.errors import DatabaseAwayError
from loka_stratum.storage.generations import begin
from loka_stratum.storage.identities import Identities
from loka_stratum.storage.journal import Journal
from loka_stratum.storage.ledger import JournalLedger
from loka_stratum.storage.pairing import Settled
from loka_stratum.storage.reserve import Reserve
from loka_stratum.storage.settings import StorageSettings
from loka_stratum.storage.storing import Stored, Storing
from loka_stratum.storage.writer import Writer


class Death(BaseException):
    """The process ends here."""


class Table(Storing):
    """A database that takes so many shares more, and then ends the process."""

    def __init__(self) -> None:
        super().__init__(Database("", connect_seconds=1, statement_seconds=1), Identities(()), seen_seconds=1e9)
        self.rows: dict[UUID, str] = {}
        self.takes: int | None = None
        self.away = 0

    async def store(self, batch: Sequence[Settled]) -> Stored:
        if self.away:
            self.away -= 1
            raise DatabaseAwayError("it is")
        before = len(self.rows)
        for settled in batch:
            if self.takes == 0:
                raise Death
            self.takes = None if self.takes is None else self.takes - 1
            self.rows.setdefault(settled.share.id, settled.verdict.value)
        new = len(self.rows) - before
        return Stored(new=new, known=len(batch) - new)


class Process:
    """A process with a store, which may die at any time."""

    def __init__(self, folder: Path, table: Table, segment_bytes: int) -> None:
        self._settings = StorageSettings(folder=folder, dsn="", linger_seconds=0, most_delay_seconds=0.001)
        self._generation = begin(folder)
        self._journal = Journal(self._generation.folder, segment_bytes=segment_bytes)
        reserve = Reserve(self._generation.folder, 100)
        self.ledger = JournalLedger(self._journal, reserve, most_bytes=1 << 30, most_outstanding=1000)
        self.writer = Writer(self._settings, self._generation, self.ledger, table)

    def die(self) -> None:
        """What the kernel does then."""
        self.ledger.close()
        self.writer.release()


STEPS = st.one_of(
    st.tuples(st.just("submit"), st.integers(1, 8)),
    st.tuples(st.just("answer"), st.integers(0, 30)),
    st.tuples(st.just("write"), st.integers(0, 2)),
    st.tuples(st.just("die while writing"), st.integers(0, 12)),
    st.tuples(st.just("die"), st.just(0)),
)


class World:
    """What happened, and what must be in the table in the end."""

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._number = 0
        self._waiting: list[Share] = []
        self.table = Table()
        self.expected: dict[UUID, str] = {}
        self._process = self._new()

    def take(self, step: str, count: int) -> None:
        """One thing that happens."""
        match step:
            case "submit":
                self._submit(count)
            case "answer":
                self._answer(count)
            case "write":
                self.table.takes, self.table.away = None, count  # a death that was due is due no more
                asyncio.run(self._process.writer.catch_up())
            case "die while writing":
                self.table.takes = count
                with contextlib.suppress(Death):
                    asyncio.run(self._process.writer.catch_up())
                self._restart()
            case _:
                self._restart()

    def end(self) -> None:
        """The last process dies, and another stores what is left."""
        self._restart()
        self._process.die()

    def _submit(self, count: int) -> None:
        for _ in range(count):
            self._number += 1
            self._waiting.append(share(self._number))
            self._process.ledger.submitted(self._waiting[-1])
            self.expected[self._waiting[-1].id] = "unanswered"

    def _answer(self, place: int) -> None:
        if place < len(self._waiting):
            one = self._waiting.pop(place)
            verdict = VERDICTS[place % len(VERDICTS)]
            self._process.ledger.answered(answer(one, verdict))
            self.expected[one.id] = verdict.value

    def _restart(self) -> None:
        """It may die again while it recovers, once."""
        self._waiting.clear()
        self._process.die()
        self._process = self._new()
        try:
            asyncio.run(self._process.writer.recover())
        except Death:
            self.table.takes = None
            self._process.die()
            self._process = self._new()
            asyncio.run(self._process.writer.recover())

    def _new(self) -> Process:
        return Process(self._folder, self.table, self._segment_bytes)


@pytest.mark.slow
@given(steps=st.lists(STEPS, max_size=40), segment_bytes=st.integers(100, 3000))
def test_whatever_happens_every_share_is_stored_with_its_answer(
    steps: list[tuple[str, int]], segment_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World(folder, segment_bytes)
        for step, count in steps:
            world.take(step, count)
        world.end()
        assert world.table.rows == world.expected
        left = [path for generation in folder.iterdir() for path in generation.glob("*.journal")]
        assert sum(path.stat().st_size for path in left) == 0


def test_a_share_is_not_written_again_behind_its_answer(tmp_path: Path) -> None:
    table = Table()
    process = Process(tmp_path, table, 2_000)
    late = share(999)
    process.ledger.submitted(late)
    done = mine(process.ledger, 20)
    before_its_answer = process.ledger.journal.end.segment
    process.ledger.answered(answer(late))
    done |= mine(process.ledger, 20)
    assert before_its_answer > 2
    table.takes = 19
    with contextlib.suppress(Death):
        asyncio.run(process.writer.catch_up())
    process.die()
    table.takes = None
    asyncio.run(Process(tmp_path, table, 2_000).writer.recover())
    assert table.rows == done | {late.id: "accepted"}
