"""Where jobs work: the same folder for the same job of a repository in every run, as on a machine of one's own.

What holds absolute paths (build caches, virtual environments, saved caches of home folders) fits the next run. Two
runs of a job at once get two folders; what a killed engine left is cleared by the next to come. When a job is over its
folder moves to its run, or goes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from sluice.machine.locks import take_lock
from sluice.machine.trees import remove_tree


class JobFolders:
    """The folders of one repository's jobs, below ``base``."""

    def __init__(self, base: Path) -> None:
        self._base = base

    @contextmanager
    def claim(self, job: str) -> Iterator[Path]:
        """An empty place of the job's own, until the block ends; the folder itself is made by whoever uses it."""
        self._base.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = job.replace("/", "~")
        for number in count(1):
            folder = self._base / (name if number == 1 else f"{name}-{number}")
            with _lock(folder) as held:
                if held and _clear(folder):
                    yield folder
                    return

    @contextmanager
    def lend(self, folder: Path, kept: Path) -> Iterator[bool]:
        """Let what was ``kept`` stand in ``folder`` again, a link in its place; whether no run has ``folder`` now."""
        self._base.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _lock(folder) as held:
            if not held or not _clear(folder):
                yield False
                return
            _mark(folder).write_text(str(kept), encoding="utf-8")
            kept.rename(folder)
            kept.symlink_to(folder)
            try:
                yield True
            finally:
                _give_back(folder)


def kept_folder(run: Path, job: str) -> Path:
    """Where a run keeps what a job left."""
    return run / "jobs" / job.replace("/", "~")


def put_away(folder: Path, kept: Path) -> None:
    """Move what a job left to its run's folder."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        folder.rename(kept)


def _mark(folder: Path) -> Path:
    """The file that says whose what stands in a place is."""
    return folder.with_name(f".{folder.name}.lent")


def _give_back(folder: Path) -> None:
    """Move what was lent to its run; a run that was cleaned meanwhile wants nothing. Raises ``OSError``."""
    mark = _mark(folder)
    try:
        kept = Path(mark.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    if kept.is_symlink():
        kept.unlink()
    if folder.is_dir() and kept.parent.is_dir() and not kept.exists():
        folder.rename(kept)
    else:
        remove_tree(folder)
    mark.unlink()


@contextmanager
def _lock(folder: Path) -> Iterator[bool]:
    descriptor = os.open(folder.with_name(f".{folder.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        yield take_lock(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> bool:
    """Whether the place is empty now: what somebody else owns, or nobody may change, can stay there for good."""
    try:
        _give_back(folder)
        remove_tree(folder)
    except OSError:
        return False
    return True
