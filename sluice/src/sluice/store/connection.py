"""Open the event store's file: WAL, waits for other processes' locks, the schema brought up to date."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from sluice.source.errors import StoreError
from sluice.store.errors import explain_database_error, explain_system_error
from sluice.store.schema import STEPS

Connect: TypeAlias = Callable[[Path, float], sqlite3.Connection]


def connect(path: Path, lock_timeout: float) -> sqlite3.Connection:
    """A connection in autocommit mode that waits ``lock_timeout`` seconds for others; raises sqlite3's errors."""
    # Its users hold a lock around it, so it may be used from any thread.
    connection = sqlite3.connect(path, timeout=lock_timeout, isolation_level=None, check_same_thread=False)
    # A kill loses nothing that was committed; a power cut may lose the last moments, and never the file.
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:  # it is no database, or can't be read
        connection.close()
        raise
    return connection


def open_database(path: Path, lock_timeout: float, connect: Connect = connect) -> sqlite3.Connection:
    """A connection to a store that has its tables; raises ``StoreError``."""
    _create_file(path)
    try:
        connection = connect(path, lock_timeout)
    except sqlite3.Error as error:
        raise explain_database_error(error, path) from error
    try:
        _bring_up_to_date(connection, path, lock_timeout)
    except sqlite3.Error as error:
        connection.close()
        raise explain_database_error(error, path) from error
    except StoreError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction that is rolled back when the block fails."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _create_file(path: Path) -> None:
    """Its owner's alone from the first moment on.

    A file that is there is never opened here: closing it would drop the locks of this process's connections to it
    (sqlite.org/howtocorrupt.html, 2.2), and another process would take the log of what they write away.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise explain_system_error(error, path, "the event store") from error


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, lock_timeout: float) -> None:
    version = _version(connection)
    if version == 0:
        _use_wal(connection, lock_timeout)
    if version > len(STEPS):
        raise StoreError(
            f"the event store {path} was made by a newer Sluice (schema {version}; this one knows up to {len(STEPS)})",
            hint="update Sluice with `pip install --upgrade sluice-ci`, or set SLUICE_HOME to another folder",
        )
    if version < len(STEPS):
        _migrate(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        # Another process may have done it while this one waited for the lock.
        for statements in STEPS[_version(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _use_wal(connection: sqlite3.Connection, lock_timeout: float) -> None:
    """SQLite gives up at once, without its busy timeout, when two processes switch a new file to WAL together."""
    deadline = time.monotonic() + lock_timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return
