"""The spool's folder: one sub-folder, a generation, for each process that journals, locked as long as it lives.

The lock is the kernel's (`flock`), so it ends with the process, however that ends. A generation without one is of a
dead process: whoever locks it first stores what is in it, and removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loka_stratum.storage.errors import StorageError
from loka_stratum.storage.journal import Position, segment_path, segments
from loka_stratum.storage.reserve import NAME as RESERVE

_LOCK = "lock"
_UNBORN = ".new-"


@dataclass(frozen=True, slots=True)
class Generation:
    """A folder of segments that this process has locked."""

    folder: Path
    lock: int

    def end(self) -> Position:
        """Where its last segment ends now."""
        last = max(segments(self.folder), default=1)
        path = segment_path(self.folder, last)
        return Position(last, path.stat().st_size if path.exists() else 0)

    def size(self) -> int:
        """Bytes of its segments."""
        return sum(segment_path(self.folder, number).stat().st_size for number in segments(self.folder))

    def release(self) -> None:
        """Give up the lock; what is left belongs to whoever starts next."""
        os.close(self.lock)

    def remove(self) -> None:
        """Remove the folder, its first segment first, and give up the lock."""
        for number in sorted(segments(self.folder)):
            segment_path(self.folder, number).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.release()


def begin(spool: Path) -> Generation:
    """A new generation for this process.

    It gets its name when it is locked, so that nobody takes it for a dead one's.
    """
    unborn = spool / f"{_UNBORN}{secrets.token_hex(8)}"
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}-{secrets.token_hex(2)}"
    try:
        unborn.mkdir(mode=0o700, parents=True)
        lock = _try_lock(unborn, create=True)
        if lock is None:
            raise StorageError(f"the journal's folder {spool} can't be used: its file system has no locks")
        unborn.rename(spool / name)
    except OSError as error:
        raise StorageError(
            f"the journal's folder {spool} can't be used: {error.strerror}; create it, and let this user write to it"
        ) from error
    return Generation(spool / name, lock)


def claim_dead(spool: Path) -> Iterator[Generation]:
    """The generations of dead processes, the oldest first, each locked when it is handed out."""
    for folder in sorted(path for path in spool.iterdir() if path.is_dir() and not path.name.startswith(_UNBORN)):
        lock = _try_lock(folder, create=False)
        if lock is not None:
            (folder / RESERVE).unlink(missing_ok=True)
            yield Generation(folder, lock)


def _try_lock(folder: Path, *, create: bool) -> int | None:
    """The locked file's descriptor; None if another process holds it, or the folder is gone."""
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    with contextlib.suppress(FileNotFoundError):
        lock = os.open(folder / _LOCK, flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
        else:
            return lock
    return None
