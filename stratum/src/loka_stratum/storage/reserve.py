"""Room on the disk that is kept for answers: a file of zeros that gives way when the disk is full.

A share goes to the pool only while its answer can be written. The ledger keeps room for that within the journal's
limit; this keeps some on the disk itself, which others fill too.
"""

from __future__ import annotations

import os
from pathlib import Path

NAME = "reserve"
MOST_BYTES = 1 << 20
"""Some ten thousand answers, of which each takes about a hundred bytes."""
_PART_OF_DISK = 16
"""Of a small disk it takes one in so many bytes."""


class Reserve:
    """The file. Raises ``OSError`` when it can't be made; without room it is there and not whole."""

    def __init__(self, folder: Path, size: int | None = None) -> None:
        self._size = min(MOST_BYTES, _disk_bytes(folder) // _PART_OF_DISK) if size is None else size
        self._path = folder / NAME
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self.is_whole = False
        self.take_back()

    def give_way(self) -> bool:
        """Give the room to the disk; whether there was any."""
        was_whole, self.is_whole = self.is_whole, False
        os.ftruncate(self._descriptor, 0)
        return was_whole

    def take_back(self) -> bool:
        """Take the room again, if the disk has it; whether it is whole."""
        if not self.is_whole:
            try:
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                self.is_whole = os.write(self._descriptor, bytes(self._size)) == self._size
            except OSError:
                pass
            if not self.is_whole:
                os.ftruncate(self._descriptor, 0)
        return self.is_whole

    def close(self) -> None:
        """Give the room up."""
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)


def _disk_bytes(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_blocks * status.f_frsize
