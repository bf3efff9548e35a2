"""The run's package index: which files its jobs would have uploaded, so that a second upload is met as PyPI meets it.

In: names and digests of files. Out: whether the index would take one. It keeps no bytes and listens to nobody.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Self


class Answer(StrEnum):
    """What an index says to an upload."""

    TAKEN = "taken"
    SAME = "there already, with the same bytes"
    REFUSED = "File already exists"


class PackageIndex:
    """Indexes by their address. PyPI takes the same bytes twice, and never others under a name that it had."""

    def __init__(self) -> None:
        self._digests: dict[tuple[str, str], str] = {}

    @classmethod
    async def start(cls, _folder: Path) -> Self:
        """An empty one."""
        return cls()

    def upload(self, index: str, file: str, digest: str) -> Answer:
        """Offer a file (its name, its SHA-256 in hex) to the index at an address."""
        known = self._digests.get((index, file))
        if known is not None:
            return Answer.SAME if known == digest else Answer.REFUSED
        self._digests[index, file] = digest
        return Answer.TAKEN

    async def close(self) -> None:
        """Nothing is open that had to be closed."""
