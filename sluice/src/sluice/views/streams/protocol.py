"""What whoever runs a view needs to know of it: it takes records, may want to be called again, and ends."""

from __future__ import annotations

from typing import Protocol

import anyio

from sluice.events.model import Record


class View(Protocol):
    """A view of one run. It never raises for what is in a record, and never changes a run."""

    def show(self, record: Record) -> None:
        """Take in the next record of the stream; cheap."""
        ...

    def refresh(self) -> float | None:
        """Draw if there is something new and it is time; returns the seconds until it wants to be called again,
        ``None`` for never.
        """
        ...

    def close(self) -> None:
        """The stream is over, or the view has to leave the terminal alone: show what is to stay."""
        ...


async def animate(view: View) -> None:
    """Keep a view fresh until it is cancelled; returns at once for a view that draws as it goes."""
    while True:
        pause = view.refresh()
        if pause is None:
            return
        await anyio.sleep(pause)
