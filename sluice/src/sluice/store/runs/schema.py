"""The event store's file: its tables, as a list of steps from an empty file to the current version; how it is opened.

Never edit a step that was released: add one. ``events`` is the truth; every other table can be made again from it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from sluice.source.errors import StoreError
from sluice.store.connection import connect, transaction, version_of
from sluice.store.errors import explain_database_error, explain_system_error

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE events (
            run TEXT NOT NULL, seq INTEGER NOT NULL, time REAL NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, seq)
        ) WITHOUT ROWID""",
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, number INTEGER NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 1, workflow_file TEXT NOT NULL, workflow_name TEXT NOT NULL DEFAULT '',
            run_name TEXT NOT NULL DEFAULT '', "trigger" TEXT NOT NULL DEFAULT '', ref TEXT NOT NULL DEFAULT '',
            sha TEXT NOT NULL DEFAULT '', root TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'queued', conclusion TEXT,
            created REAL NOT NULL, completed REAL, engine_pid INTEGER NOT NULL, engine_started REAL NOT NULL
        )""",
        "CREATE INDEX runs_by_root ON runs (root, workflow_file)",
        "CREATE INDEX unfinished_runs ON runs (status) WHERE status != 'completed'",
        """CREATE TABLE numbers (
            root TEXT NOT NULL, workflow_file TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (root, workflow_file)
        ) WITHOUT ROWID""",
        """CREATE TABLE durations (
            id INTEGER PRIMARY KEY, run TEXT NOT NULL, job TEXT NOT NULL, step TEXT NOT NULL, seconds REAL NOT NULL
        )""",
        "CREATE INDEX durations_by_run ON durations (run)",
        """CREATE TABLE cache_lookups (
            id INTEGER PRIMARY KEY, run TEXT NOT NULL, job TEXT NOT NULL, key TEXT NOT NULL, found TEXT NOT NULL
        )""",
        "CREATE INDEX cache_lookups_by_run ON cache_lookups (run)",
    ),
    ("ALTER TABLE runs ADD COLUMN unavailable INTEGER NOT NULL DEFAULT 0",),
)


def open_database(path: Path, lock_timeout: float, *, alone: bool = False) -> sqlite3.Connection:
    """A connection to a store that has its tables; raises ``StoreError``. While one that is ``alone`` is open,
    nobody else gets in; it opens without room on the disk.
    """
    _create_file(path)
    try:
        connection = connect(path, lock_timeout, alone=alone)
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
    version = version_of(connection)
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
        for statements in STEPS[version_of(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")


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
