"""Folders that a job left, of whatever shape. In: a path. Out: its size, or nothing of it.

A job may nest folders deeper than Python's stack and the system's longest path (``PATH_MAX``) reach, and take every
right from them.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

_BLOCK = 512
"""Bytes that ``st_blocks`` counts in (POSIX leaves it open; Linux and macOS have these)."""


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it; one that is gone is no error. Raises ``OSError`` when something stays."""
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):
        _remove_level(folder)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder as ``remove_tree`` does. Raises ``OSError`` when something stays."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes that a file, or everything below a folder, takes on the disk; what goes meanwhile counts as nothing."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_blocks * _BLOCK if os.path.lexists(path) else 0
    total = 0
    waiting = [path]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    return total


def _remove_level(top: Path) -> None:
    """Bring each folder up to ``top`` and empty it there, so that no path grows with the depth."""
    mark = secrets.token_hex(8)
    failed: OSError | None = None
    waiting, emptied = [top], list[Path]()
    while waiting:
        folder = waiting.pop()
        try:
            waiting += _empty(folder, top / f".{mark}-{len(emptied)}" if emptied else None)
        except OSError as error:
            failed = failed or error
        emptied.append(folder)
    for folder in reversed(emptied):
        try:
            folder.rmdir()
        except OSError as error:
            failed = failed or error
    if failed is not None:
        raise failed


def _empty(folder: Path, above: Path | None) -> list[Path]:
    """Remove the folder's files; its folders, which got new names that begin with ``above``."""
    folder.chmod(0o700)
    found = []
    for number, path in enumerate(list(folder.iterdir())):
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        elif above is None:
            found.append(path)
        else:
            path.chmod(0o700)  # a folder that gets another parent must be writable itself
            found.append(path.rename(f"{above}-{number}"))
    return found


__all__ = ["remove", "remove_tree", "size_of"]
