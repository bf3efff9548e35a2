"""A file of tables that are only ever added to, beside the event store. In: its tables. Out: connections, one a use.

Several processes may add at once, each batch whole or not at all; no lock outlives its use.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sluice.source.errors import StoreError
from sluice.store.connection import connect, transaction, version_of
from sluice.store.errors import explain_database_error

VERSION = 1
"""Of the tables' form."""
_LOCK_TIMEOUT = 30.0


def refuse_changes(table: str, words: str) -> Iterator[str]:
    """Triggers that refuse to change or delete a row, with ``words``."""
    for change in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER no_{change.lower()}_of_{table} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )


class AppendOnlyFile:
    """``what`` is its name in errors; ``durable``: what was committed survives a power cut, too."""

    def __init__(self, path: Path, what: str, tables: Sequence[str], *, durable: bool = False) -> None:
        self._path = path
        self._what = what
        self._tables = tables
        self._durable = durable

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A connection to a file that has its tables; raises ``StoreError``."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(connect(self._path, _LOCK_TIMEOUT)) as connection:
                if self._durable:
                    connection.execute("PRAGMA synchronous = FULL")
                self._prepare(connection)
                yield connection
        except sqlite3.Error as error:
            raise explain_database_error(error, self._path) from error
        except OSError as error:
            raise StoreError(f"{self._what} {self._path} can't be used: {error.strerror}") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = version_of(connection)
        if version > VERSION:
            raise StoreError(f"{self._what} {self._path} was made by a newer Sluice", hint="update Sluice")
        if version == VERSION:
            return
        with transaction(connection):
            if version_of(connection) == 0:  # another process may have been first
                for statement in self._tables:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
