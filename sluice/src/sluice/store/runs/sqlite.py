"""The store that everybody gets: one SQLite file for the events of all runs, one folder for each run's files.

Any number of processes may use it at once. Readers never block the writer; writers of different runs take turns.
Everything that can go wrong with the file is a ``StoreError`` with a hint.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

from sluice.events.codec import decode
from sluice.events.model import Record, RunCompleted, RunInterrupted
from sluice.machine.processes import identify, is_alive
from sluice.source.errors import StoreError
from sluice.store.connection import transaction, which_file
from sluice.store.errors import explain_database_error, explain_removal, explain_system_error
from sluice.store.runs.lookup import RunTable
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.schema import open_database
from sluice.store.runs.writer import RunWriter

_POLL = 0.05
_SILENCE = 1.0
_PAGE = 10_000


class SqliteStore:
    """Close it, or use it in a ``with`` block; leaving the process does too.

    ``lock_timeout`` is how many seconds a write waits for another process's lock. ``alone`` opens it on a full disk, to
    look and to remove: there are no writers, and nobody else gets in.
    """

    def __init__(self, folder: Path, *, lock_timeout: float = 10.0, alone: bool = False) -> None:
        self.root = folder
        self.path = folder / "sluice.db"
        self._lock_timeout = lock_timeout
        self._lock = threading.RLock()
        self._connection = open_database(self.path, lock_timeout, alone=alone)
        self._file = self._which_file()
        self._with_folder: set[str] = set()
        self._news = threading.Condition()
        self._news_count = 0
        self._writers: dict[str, RunWriter] = {}
        self._finalizer = weakref.finalize(self, _close_all, self._writers, self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Commit what is left in the writers and close the file; raises ``StoreError`` when that can't be."""
        self._finalizer()

    def new_run(self, workflow_file: str, root: str) -> tuple[str, int]:
        """A fresh run id and the workflow's next number, both kept at once, with this process as the engine."""
        pid, started = identify()
        with self.using() as connection, transaction(connection):
            number = _next_number(connection, root, workflow_file)
            run = self._fresh_id(connection)
            connection.execute(
                "INSERT INTO runs (run, number, workflow_file, root, created, engine_pid, engine_started)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run, number, workflow_file, root, time.time(), pid, started),
            )
        return run, number

    def writer(self, run: str) -> RunWriter:
        """The writer of a run's stream; it goes on after the last event that is kept. One per run and process."""
        with self._lock:
            known = self._writers.get(run)
            if known is None or known.closed:
                known = RunWriter(
                    run, self.path, self._open, check=partial(self._check_place, run), committed=self._announce
                )
                self._writers[run] = known
            return known

    def read(self, run: str, after: int = 0, limit: int | None = None) -> Sequence[Record]:
        """Records with ``seq > after``, in order; none for a run that isn't there."""
        query = "SELECT data FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?"
        with self.using() as connection:
            rows = connection.execute(query, (run, after, -1 if limit is None else limit)).fetchall()
        return [decode(data) for (data,) in rows]

    def follow(self, run: str, after: int = 0) -> Iterator[Record]:
        """Records as they come, within 100 ms, until the run is over or its engine is gone."""
        engine_gone = False
        while True:
            mark = self._mark()
            records = self.read(run, after, _PAGE)
            for record in records:
                yield record
                after = record.seq
            if (records and _is_end(records[-1])) or (engine_gone and not records):
                return
            if len(records) < _PAGE:
                engine_gone = not self._wait_for_news(mark) and self._has_no_engine(run)

    def runs(self, *, root: str | None = None, limit: int = 50) -> Sequence[RunRow]:
        """The newest runs first."""
        with self.using() as connection:
            return RunTable(connection).newest(root, limit)

    def unfinished(self) -> Sequence[RunRow]:
        """The runs that are not completed, the oldest first."""
        with self.using() as connection:
            return RunTable(connection).unfinished()

    def run_with_id(self, number: int, root: str) -> RunRow | None:
        """The run of this repository with the store's own number; ``None`` when there is none."""
        with self.using() as connection:
            return RunTable(connection).with_id(number, root)

    def run_of_engine(self, pid: int, started: float) -> RunRow | None:
        """The newest run of a process, which ``machine.processes.identify`` named; ``None`` before it has one."""
        with self.using() as connection:
            return RunTable(connection).of_engine(pid, started)

    def find_run(self, name: str, *, root: str | None = None) -> RunRow:
        """By id, unique prefix of an id, ``#number``, number or ``latest``; raises ``UsageError``."""
        with self.using() as connection:
            return RunTable(connection).find(name, root)

    def folder(self, run: str) -> Path:
        """The run's own folder, made with its parts, for its owner only.

        One that was removed is not made again while the run's events are written here.
        """
        if self._is_written(run):
            self._check_folder(run)
        folder = self._folder(run)
        try:
            for part in ("logs", "artifacts", "summaries", "jobs"):
                (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        except OSError as error:
            raise explain_system_error(error, folder, "the run's folder") from error
        self._with_folder.add(run)
        return folder

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """The store's connection, for the modules of this package; its errors become ``StoreError``."""
        with self._lock:
            if not self._finalizer.alive:
                raise StoreError(f"the event store {self.path} is closed")
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise explain_database_error(error, self.path) from error

    def _open(self) -> sqlite3.Connection:
        return open_database(self.path, self._lock_timeout)

    def _check_place(self, run: str) -> None:
        """SQLite goes on writing to a file that has no name any more, which nobody will ever read."""
        if self._which_file() != self._file:
            raise explain_removal(self.path, "the event store")
        self._check_folder(run)

    def _which_file(self) -> tuple[int, int] | None:
        try:
            return which_file(self.path)
        except OSError as error:
            raise explain_system_error(error, self.path, "the event store") from error

    def _is_written(self, run: str) -> bool:
        with self._lock:
            return run in self._writers and not self._writers[run].closed

    def _check_folder(self, run: str) -> None:
        if run not in self._with_folder:
            return
        folder = self._folder(run)
        try:
            # Of a folder that nobody keeps open some file systems change the number, so its name has to do.
            gone = which_file(folder) is None
        except OSError as error:
            raise explain_system_error(error, folder, "the run's folder") from error
        if gone:
            raise explain_removal(folder, "the run's folder")

    def _folder(self, run: str) -> Path:
        return self.root / "runs" / run

    def _fresh_id(self, connection: sqlite3.Connection) -> str:
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        while True:
            run = f"{moment}-{os.urandom(2).hex()}"
            if connection.execute("SELECT 1 FROM runs WHERE run = ?", (run,)).fetchone() is None:
                return run

    def _announce(self) -> None:
        with self._news:
            self._news_count += 1
            self._news.notify_all()

    def _mark(self) -> tuple[int, int]:
        """Changes when something was committed: by this process (at once) or by another one (seen when asked)."""
        with self.using() as connection:
            return self._news_count, int(connection.execute("PRAGMA data_version").fetchone()[0])

    def _wait_for_news(self, mark: tuple[int, int]) -> bool:
        """Whether there are news; ``False`` after a second of silence."""
        deadline = time.monotonic() + _SILENCE
        while time.monotonic() < deadline:
            with self._news:
                self._news.wait_for(lambda: self._news_count != mark[0], _POLL)
            if self._mark() != mark:
                return True
        return False

    def _has_no_engine(self, run: str) -> bool:
        with self.using() as connection:
            row = RunTable(connection).exact(run)
        return row is None or row.status == "completed" or not is_alive(row.engine_pid, row.engine_started)


def _next_number(connection: sqlite3.Connection, root: str, workflow_file: str) -> int:
    connection.execute(
        "INSERT INTO numbers VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET last = last + 1", (root, workflow_file)
    )
    query = "SELECT last FROM numbers WHERE root = ? AND workflow_file = ?"
    return int(connection.execute(query, (root, workflow_file)).fetchone()[0])


def _is_end(record: Record) -> bool:
    return isinstance(record.event, RunCompleted | RunInterrupted)


def _close_all(writers: dict[str, RunWriter], connection: sqlite3.Connection) -> None:
    try:
        for writer in writers.values():
            writer.close()
    finally:
        connection.close()
