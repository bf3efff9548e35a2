"""Shares that the database won't take, as lines of JSON beside the journals, for someone to look at.

None is dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loka_stratum.storage.errors import DatabaseAwayError
from loka_stratum.storage.pairing import Settled

FILE = "refused.jsonl"

log = logging.getLogger(__name__)


class Refusals:
    """The file, which is made with the first share."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @property
    def size(self) -> int:
        """Bytes."""
        return self._path.stat().st_size if self._path.exists() else 0

    def keep(self, refused: Sequence[tuple[Settled, str]]) -> None:
        """Append them. Raises ``DatabaseAwayError`` if that can't be done: their batch must then be stored again."""
        if not refused:
            return
        lines = [
            msgspec.json.encode({"reason": reason, "share": settled.share, "answer": settled.answer}) + b"\n"
            for settled, reason in refused
        ]
        try:
            with self._path.open("ab") as file:
                file.write(b"".join(lines))
        except OSError as error:
            raise DatabaseAwayError(f"a refused share can't be kept: {error}") from error
        log.error("the database refuses %d shares, kept in %s: %s", len(refused), self._path, refused[0][1])
