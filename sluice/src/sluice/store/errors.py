"""The store's own errors, and what the errors of SQLite and of the operating system mean to a user.

StoreError                    the run stops: what happened can't be kept
├── DiskFullError             nothing more can be written
├── StreamTakenError          another process writes this run's events
└── (plain)                   full, locked, damaged, unreadable, read-only
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

from sluice.source.errors import StoreError
from sluice.source.machine_limits import NO_INODES, lacks_inodes

_FULL_HINT = "free some space, or set SLUICE_HOME to a folder on another disk"
_FULL_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED_CODES = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_ROOM_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_ALMOST_NOTHING = 1 << 16


class DiskFullError(StoreError):
    """There is no room, or no number, for another file."""


class StreamTakenError(StoreError):
    """Another process has written to this run's stream."""


def explain_database_error(error: sqlite3.Error, path: Path) -> StoreError:
    """SQLite's error as one that says what to do."""
    # Extended codes carry the basic one in their lowest byte.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if (full := _full(code, path)) is not None:
        return full
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(
            f"another process keeps the event store {path} locked", hint="wait for it to end, or end it, and try again"
        )
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreError(
            f"the event store {path} is damaged: {error}", hint="move the file away to start with an empty store"
        )
    if code in _DENIED_CODES:
        return StoreError(
            f"the event store {path} can't be opened for writing: {error}",
            hint="check the owner and the permissions of its folder, or set SLUICE_HOME to another one",
        )
    if code == sqlite3.SQLITE_CONSTRAINT:
        return StreamTakenError(f"another process has written to the same run in {path}: {error}")
    return StoreError(f"the event store {path} can't be used: {error}")


def explain_system_error(error: OSError, path: Path, what: str) -> StoreError:
    """The operating system's error about ``path`` as one that says what to do; ``what`` names the file's role."""
    if error.errno == errno.ENOSPC and lacks_inodes(path):
        full, hint = NO_INODES
        return StoreError(f"{full}: {what} {path} can't be written", hint=hint)
    if error.errno in _FULL_NUMBERS:
        return StoreError(f"the disk is full: {what} {path} can't be written", hint=_FULL_HINT)
    reason = error.strerror or str(error)
    return StoreError(
        f"{what} {path} can't be used: {reason}", hint="check the owner and the permissions of its folder"
    )


def explain_removal(path: Path, what: str) -> StoreError:
    """The error for a file that was deleted, moved or replaced while it was written."""
    return StoreError(
        f"{what} {path} was removed while it was written: what was kept in it is lost",
        hint="run it again; `sluice clean` removes old runs, and none that goes on",
    )


def _full(code: int, path: Path) -> StoreError | None:
    """The error where the disk has no room: a file that can't be made at all is one that can't be opened."""
    if code in _ROOM_CODES | {sqlite3.SQLITE_CANTOPEN} and lacks_inodes(path):
        what, hint = NO_INODES
    elif code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        what, hint = "the disk is full", _FULL_HINT
    else:
        return None
    return DiskFullError(f"{what}: the event store {path} can't be written", hint=hint)


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _ALMOST_NOTHING
    except OSError:
        return False
