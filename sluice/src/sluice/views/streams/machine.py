"""The records of a run as JSON lines, for programs. What is written here is the stream itself, nothing added."""

from __future__ import annotations

from typing import BinaryIO

from msgspec import Struct

from sluice.events.codec import encode
from sluice.events.model import Record
from sluice.views.text.sending import reader_may_leave


class MachineView(Struct, frozen=True):
    """A ``View`` that writes each record at once, one a line, flushed: a reader at the other end sees it happen."""

    stream: BinaryIO

    def show(self, record: Record) -> None:
        """Write the record; a reader that left is no matter."""
        with reader_may_leave():
            self.stream.write(encode(record) + b"\n")
            self.stream.flush()

    def refresh(self) -> float | None:
        """Nothing is ever left to draw."""
        return None

    def close(self) -> None:
        """Nothing stays to be said."""
