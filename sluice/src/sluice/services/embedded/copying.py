"""Copies of a folder of data that are used, changed, and made like the original again.

In: the original, which nobody changes, and a copy. Every copied file gets a time that no write can give it, so a file
that was written to is known without reading it: making a copy like the original again costs a look at each file.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sluice.services.protocol import Identity

_UNTOUCHED = 1_000_000_007
"""The time of a copied file in nanoseconds since 1970; writing sets the time to now."""

_CHUNK = 1 << 30


def copy_folder(source: Path, target: Path, owner: Identity | None) -> None:
    """Copy into a folder that isn't there, or make one that was copied like ``source`` again. Raises ``OSError``."""
    _Copying(owner).folder(os.fspath(source), os.fspath(target))


class _Copying:
    """A thousand files at each start: so plain strings, and nothing is asked twice."""

    def __init__(self, owner: Identity | None) -> None:
        self._owner = owner

    def folder(self, source: str, target: str) -> None:
        there = self._entries(target)
        with os.scandir(source) as entries:
            for entry in entries:
                found, place = there.pop(entry.name, None), f"{target}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    self._subfolder(entry.path, place, found)
                elif found is None or not _is_untouched(found, entry):
                    self._file(entry.path, place, found)
        for extra in there.values():
            _remove(extra)

    def _entries(self, folder: str) -> dict[str, os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return {entry.name: entry for entry in entries}
        except FileNotFoundError:
            os.mkdir(folder, 0o700)  # noqa: PTH102 - see the class
            self._own(folder)
            return {}

    def _subfolder(self, source: str, place: str, found: os.DirEntry[str] | None) -> None:
        if found is not None and not found.is_dir(follow_symlinks=False):
            _remove(found)
        self.folder(source, place)

    def _file(self, source: str, place: str, found: os.DirEntry[str] | None) -> None:
        if found is not None and not found.is_file(follow_symlinks=False):
            _remove(found)
        read = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            write = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            try:
                _copy_bytes(read, write)
                if self._owner is not None:
                    os.fchown(write, self._owner.user, self._owner.group)
                os.utime(write, ns=(_UNTOUCHED, _UNTOUCHED))
            finally:
                os.close(write)
        finally:
            os.close(read)

    def _own(self, path: str) -> None:
        if self._owner is not None:
            os.chown(path, self._owner.user, self._owner.group, follow_symlinks=False)


def _is_untouched(copy: os.DirEntry[str], original: os.DirEntry[str]) -> bool:
    found = copy.stat(follow_symlinks=False)
    return found.st_mtime_ns == _UNTOUCHED and found.st_size == original.stat(follow_symlinks=False).st_size


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path)
    else:
        os.unlink(entry.path)  # noqa: PTH108 - see the class


def _copy_bytes(read: int, write: int) -> None:
    """By the kernel, which shares the blocks where the file system can."""
    if hasattr(os, "copy_file_range"):
        while os.copy_file_range(read, write, _CHUNK):
            pass
    else:
        while data := os.read(read, 1 << 20):
            os.write(write, data)
