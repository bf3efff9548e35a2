"""Every environment's deployments: an append-only log in a file of its own. In: events. Out: entries in order.

An event is on disk, safe from a power cut too, when ``append`` returns. Several processes may use the file at once.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from sluice.delivery.deployment.events import Entry, Event, Requested, decode, encode
from sluice.source.errors import StoreError
from sluice.store.connection import transaction
from sluice.store.ledgers.append_only import AppendOnlyFile, refuse_changes

_TABLES = (
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, repository TEXT NOT NULL, environment TEXT NOT NULL,
        number INTEGER NOT NULL, time REAL NOT NULL, data BLOB NOT NULL
    )""",
    "CREATE INDEX events_by_environment ON events (repository, environment)",
    *refuse_changes("events", "deployments are only added to"),
)


class DeploymentLog:
    """The log in one file; each call opens it anew, so that no lock outlives its use."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._file = AppendOnlyFile(path, "the log of deployments", _TABLES, durable=True)

    def begin(self, repository: str, environment: str, request: Requested) -> int:
        """A new deployment, with the environment's next number; raises ``StoreError``."""
        with self._file.open() as connection, transaction(connection):
            (last,) = connection.execute(
                "SELECT max(number) FROM events WHERE repository = ? AND environment = ?", (repository, environment)
            ).fetchone()
            number = (last or 0) + 1
            self._insert(connection, repository, environment, number, request)
        return number

    def append(self, repository: str, environment: str, number: int, event: Event) -> None:
        """The next event of a deployment; raises ``StoreError``."""
        with self._file.open() as connection, transaction(connection):
            self._insert(connection, repository, environment, number, event)

    def read(self, repository: str, environment: str | None = None) -> list[Entry]:
        """The entries of an environment, or of all of the repository's, the oldest first; raises ``StoreError``."""
        query = "SELECT environment, number, time, data FROM events WHERE repository = ?"
        parts = (repository,) if environment is None else (repository, environment)
        with self._file.open() as connection:
            rows = connection.execute(
                f"{query}{'' if environment is None else ' AND environment = ?'} ORDER BY seq", parts
            ).fetchall()
        return [self._entry(*row) for row in rows]

    def environments(self) -> list[tuple[str, str]]:
        """Each repository with each of its environments, in the order of their first deployments; ``StoreError``."""
        query = "SELECT repository, environment FROM events GROUP BY repository, environment ORDER BY min(seq)"
        with self._file.open() as connection:
            return [(repository, environment) for repository, environment in connection.execute(query)]

    def _entry(self, environment: str, number: int, moment: float, data: bytes) -> Entry:
        try:
            return Entry(environment=environment, number=number, time=moment, event=decode(data))
        except msgspec.MsgspecError as error:
            raise StoreError(f"{self._path} has an event that can't be read: {error}", hint="update Sluice") from error

    def _insert(
        self, connection: sqlite3.Connection, repository: str, environment: str, number: int, event: Event
    ) -> None:
        connection.execute(
            "INSERT INTO events (repository, environment, number, time, data) VALUES (?, ?, ?, ?, ?)",
            (repository, environment, number, self._clock(), encode(event)),
        )
