"""The one writer of a run's stream. Events come in from the engine; a thread of its own commits them in groups.

Appending never waits for the disk. A group is committed some 30 ms after its first event, or at once when somebody
waits in ``flush``. After a failed write every later call raises the same error: a run that can't be kept must stop.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread

from sluice.events.codec import decode, encode
from sluice.events.fold import fold_all
from sluice.events.model import AnyEvent, Record, RunCompleted
from sluice.events.state import RunState
from sluice.source.errors import StoreError
from sluice.store.connection import transaction
from sluice.store.errors import explain_database_error
from sluice.store.runs.projection import Projection

_INSERT = "INSERT INTO events (run, seq, time, data) VALUES (?, ?, ?, ?)"
LINGER = 0.03
"""Seconds for which a group may grow before it is committed."""


class RunWriter:
    """Implements ``protocol.EventWriter``; safe to use from several threads."""

    def __init__(
        self,
        run: str,
        path: Path,
        connect: Callable[[], sqlite3.Connection],
        *,
        check: Callable[[], None],
        committed: Callable[[], None],
    ) -> None:
        """``check`` raises ``StoreError`` where what was committed is not where others look for it."""
        self.run = run
        self._path = path
        self._check = check
        self._committed = committed
        self._queue: deque[tuple[Record, bytes]] = deque()
        self._changed = threading.Condition()
        self._connection = connect()
        self._seq, self._time = self._last_record()
        self._written = self._seq
        self._wanted = self._seq
        self._failure: StoreError | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self._projection = Projection(self._known_state())

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def append(self, event: AnyEvent) -> None:
        """Queue an event, stamped with the time, never earlier than the one before it."""
        with self._changed:
            self._raise_failure()
            stamp = max(self._time, time.time())
            record = Record(run=self.run, seq=self._seq + 1, time=stamp, event=event)
            self._queue.append((record, encode(record)))
            self._seq, self._time = record.seq, stamp
            if self._thread is None:
                self._start()
            if len(self._queue) == 1:
                self._changed.notify_all()

    async def flush(self) -> None:
        """Return when everything appended so far is committed: it then survives the end of this process."""
        target = self._request()
        if target is not None:
            await anyio.to_thread.run_sync(self._wait, target, abandon_on_cancel=True)

    def close(self) -> None:
        """Commit what is left and end the thread; an error that nobody has seen is raised. Closing twice is fine."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._connection.close()
        if self._failure is not None and self._written < self._seq:
            raise self._failure

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._work, name=f"events-{self.run}", daemon=True)
        self._thread.start()

    def _request(self) -> int | None:
        with self._changed:
            if self._failure is not None:
                raise self._failure
            if self._written >= self._seq:
                return None
            self._wanted = self._seq
            self._changed.notify_all()
            return self._seq

    def _wait(self, target: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._written >= target or self._failure is not None)
            if self._written < target and self._failure is not None:
                raise self._failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._closed:
            raise StoreError(f"the stream of run {self.run} is closed")

    def _last_record(self) -> tuple[int, float]:
        query = "SELECT seq, time FROM events WHERE run = ? ORDER BY seq DESC LIMIT 1"
        try:
            row = self._connection.execute(query, (self.run,)).fetchone()
        except sqlite3.Error as error:
            raise explain_database_error(error, self._path) from error
        return (row[0], row[1]) if row else (0, 0.0)

    def _known_state(self) -> RunState | None:
        """What the kept records make of the run. A stream that can't be read can still be ended."""
        query = "SELECT data FROM events WHERE run = ? ORDER BY seq"
        try:
            return fold_all(decode(data) for (data,) in self._connection.execute(query, (self.run,)))
        except StoreError:
            return RunState(run=self.run, seq=self._seq, time=self._time)
        except sqlite3.Error as error:
            raise explain_database_error(error, self._path) from error

    def _work(self) -> None:
        failure = StoreError(f"the writer of run {self.run} ended unexpectedly")
        try:
            while group := self._next_group():
                self._commit(group)
        except sqlite3.Error as error:
            failure = explain_database_error(error, self._path)
        except StoreError as error:
            failure = error
        finally:
            self._stop(failure)

    def _next_group(self) -> Sequence[tuple[Record, bytes]]:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            self._changed.wait_for(lambda: self._closed or self._wanted > self._written, LINGER)
            group = list(self._queue)
            self._queue.clear()
            return group

    def _commit(self, group: Sequence[tuple[Record, bytes]]) -> None:
        with transaction(self._connection):
            self._connection.executemany(_INSERT, ((kept.run, kept.seq, kept.time, data) for kept, data in group))
            for record, _ in group:
                for statement, values in self._projection.statements(record):
                    self._connection.execute(statement, values)
        self._check()
        with self._changed:
            self._written = group[-1][0].seq
            self._changed.notify_all()
        self._committed()
        if isinstance(group[-1][0].event, RunCompleted):
            self._move_to_file()

    def _move_to_file(self) -> None:
        """What is in the log, while the run's report is written: who closes the store last would wait for the disk.

        What can't be moved stays in the log for the next one who does (sqlite.org/pragma: wal_checkpoint).
        """
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _stop(self, failure: StoreError) -> None:
        with self._changed:
            if self._written < self._seq or not self._closed:
                self._failure = failure
            self._queue.clear()
            self._changed.notify_all()
