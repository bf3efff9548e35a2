"""What is to be told and was not told yet: kept before it is told, so that a kill in between loses nothing.

In: a subject (a run, a deployment). Out: a file a subject, with a line for each who was told. The file goes when all
were told; one that its process has left behind is the next command's.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from sluice.machine.locks import take_lock
from sluice.machine.processes import identify, is_alive
from sluice.source.errors import StoreError

_SUFFIX = ".jsonl"


class Subject(Struct, frozen=True, kw_only=True):
    """A run by its id, or an environment's deployment by its number; ``root`` is the repository's folder."""

    root: str
    run: str = ""
    number: int = 0


class _Promise(Struct, frozen=True, kw_only=True):
    subject: Subject
    pid: int
    started: float


class Untold:
    """One subject, until everybody was told; ``told`` names those who were."""

    def __init__(self, path: Path, subject: Subject, told: frozenset[str] = frozenset()) -> None:
        self._path = path
        self.subject = subject
        self.told = set(told)

    def note(self, name: str) -> None:
        """They were told: a later command does not tell them again. Raises ``StoreError``."""
        self.told.add(name)
        _append(self._path, msgspec.json.encode(name))

    def settle(self) -> None:
        """Nobody is left to be told."""
        self._path.unlink(missing_ok=True)


def promise(folder: Path, subject: Subject) -> Untold:
    """Keep that this process will tell of ``subject``. Raises ``StoreError``."""
    pid, started = identify()
    data = msgspec.json.encode(_Promise(subject=subject, pid=pid, started=started))
    path = folder / f"{hashlib.sha256(msgspec.json.encode(subject)).hexdigest()[:16]}{_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(path, error) from error
    _append(path, data)
    return Untold(path, subject)


def left_behind(folder: Path, root: str = "") -> Iterator[Untold]:
    """Each subject (of one repository) whose process is gone; no other command has it meanwhile."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with _claimed(path) as is_ours:
            found = _read(path) if is_ours else None
            if found is not None and root in {"", found.subject.root}:
                yield found


@contextmanager
def _claimed(path: Path) -> Iterator[bool]:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # it was settled meanwhile
        yield False
        return
    try:
        yield take_lock(descriptor) and path.exists()
    finally:
        os.close(descriptor)


def _read(path: Path) -> Untold | None:
    """What nobody is about to tell; a line that a kill has cut off counts for nothing."""
    lines = path.read_bytes().split(b"\n")[:-1]
    try:
        kept = msgspec.json.decode(lines[0], type=_Promise)
        told = frozenset(msgspec.json.decode(line, type=str) for line in lines[1:])
    except (IndexError, msgspec.MsgspecError):
        path.unlink(missing_ok=True)
        return None
    if is_alive(kept.pid, kept.started):
        return None
    return Untold(path, kept.subject, told)


def _append(path: Path, data: bytes) -> None:
    """A whole line, on the disk when this returns."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, data + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"what is to be told can't be kept in {path}: {error.strerror}", hint="free space, or set SLUICE_HOME"
    )
