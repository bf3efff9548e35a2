"""Stop-gap log writer: one append-only file per job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


class LogWriter:
    def __init__(self, path: Path, appended: Callable[[str, int, int, int], None]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)
        self._offset = self._file.tell()
        self._appended = appended

    def write(self, step: str, data: bytes) -> None:
        self._file.write(data)
        self._appended(step, self._offset, len(data), data.count(b"\n"))
        self._offset += len(data)

    def flush(self) -> None:
        pass
