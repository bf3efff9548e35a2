"""Connections to SQLite files of the store, and transactions on them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def connect(path: Path, lock_timeout: float, *, alone: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode that waits ``lock_timeout`` seconds for others; raises sqlite3's errors. One
    that is ``alone`` needs no room on the disk for what connections tell each other (sqlite.org/wal.html, 8).
    """
    # Its users hold a lock around it, so it may be used from any thread.
    connection = sqlite3.connect(path, timeout=lock_timeout, isolation_level=None, check_same_thread=False)
    # A kill loses nothing that was committed; a power cut may lose the last moments, and never the file.
    try:
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # before anything is read
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:  # it is no database, or can't be read
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


def version_of(connection: sqlite3.Connection) -> int:
    """The number that a file carries of its tables' form; 0 while it has none."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def which_file(path: Path) -> tuple[int, int] | None:
    """Device and number of the file that has this name now; ``None`` where there is none. Raises ``OSError``."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
