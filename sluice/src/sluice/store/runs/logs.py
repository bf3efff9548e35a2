"""A job's log file: append-only, written as the bytes come. In: masked bytes of steps. Out: where each piece stands.

It knows nothing of steps but their keys. Reading is ``app.runs.presentation.log_reader``'s.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sluice.store.errors import explain_removal, explain_system_error


class LogWriter:
    """One job's file. ``appended`` is told step, offset, length in bytes and line ends of every piece."""

    def __init__(self, path: Path, appended: Callable[[str, int, int, int], None]) -> None:
        """Open or go on with the file, readable by its owner only. Raises ``StoreError``."""
        self._path = path
        self._appended = appended
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._offset = os.fstat(self._file).st_size
        except OSError as error:
            raise explain_system_error(error, path, "the job's log") from error

    def write(self, step: str, data: bytes) -> None:
        """Append all of ``data``. Raises ``StoreError``, for instance when the disk is full."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            names = os.fstat(self._file).st_nlink
        except OSError as error:
            raise explain_system_error(error, self._path, "the job's log") from error
        if names == 0:
            raise explain_removal(self._path, "the job's log")
        self._appended(step, self._offset, len(data), data.count(b"\n"))
        self._offset += len(data)

    def close(self) -> None:
        """No more is written; closing twice is fine."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
