"""Accepted shares on disk: a line of JSON for each, to compare what a pool took with what someone else kept."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec


class RecordedShare(msgspec.Struct, frozen=True, kw_only=True):
    """A share that was accepted. Hexadecimal text is as Stratum writes it."""

    at: datetime
    """UTC."""
    name: str
    """What the share was submitted as."""
    job: str
    extranonce: str
    """Both parts."""
    time: str
    nonce: str
    version: str
    difficulty: str
    hash: str
    """As people read it."""


class Record:
    """Writes shares to a file, or nowhere without one. Each line is with the system before the answer goes out."""

    def __init__(self, path: Path | None = None) -> None:
        self._file: IO[bytes] | None = path.open("wb", buffering=0) if path else None

    def add(self, share: RecordedShare) -> None:
        """Write the share."""
        if self._file:
            self._file.write(msgspec.json.encode(share) + b"\n")

    def __enter__(self) -> "Record":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


def read_record(path: Path) -> Iterator[RecordedShare]:
    """The shares in a file, in the order in which they were accepted."""
    decoder = msgspec.json.Decoder(RecordedShare)
    with path.open("rb") as file:
        yield from map(decoder.decode, file)


def shares_by_name(path: Path) -> Counter[str]:
    """How many shares each name has in a file."""
    return Counter(share.name for share in read_record(path))


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)
