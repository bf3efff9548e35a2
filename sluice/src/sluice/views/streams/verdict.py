"""A run as its verdict alone: one line when it is over. In: records. Out: that line."""

from __future__ import annotations

from typing import IO

from msgspec import Struct

from sluice.events.fold import fold
from sluice.events.model import Record
from sluice.events.state import RunState
from sluice.views.run.headline import verdict_line
from sluice.views.text.glyphs import ASCII
from sluice.views.text.lines import plain
from sluice.views.text.sending import send


class VerdictView(Struct):
    """A ``View`` for scripts."""

    stream: IO[str]
    state: RunState | None = None

    def show(self, record: Record) -> None:
        """Fold the record in."""
        self.state = fold(self.state, record)

    def refresh(self) -> float | None:
        """Nothing is ever left to draw."""
        return None

    def close(self) -> None:
        """Write the verdict."""
        if self.state is not None:
            send(f"{plain(verdict_line(self.state, ASCII))}\n", self.stream)
