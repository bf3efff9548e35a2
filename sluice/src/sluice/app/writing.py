"""Files that a person asked for. In: a path and what belongs there. Out: the file, with its folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sluice.source.errors import UsageError


def write_file(path: Path, content: str | bytes) -> None:
    """The whole file, text as UTF-8. Raises ``UsageError``."""
    with to_be_written(path):
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def append_line(path: Path, line: bytes) -> None:
    """A line more, whole even when several processes write. Raises ``UsageError``."""
    with to_be_written(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


@contextmanager
def to_be_written(path: Path) -> Iterator[None]:
    """The file's folder is there; what the system refuses is a ``UsageError`` that names the path and why."""
    try:
        if not path.parent.exists():  # what is there, but no folder, refuses the file in better words
            path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
