"""What the engine and the views need from a store: a writer of events, and runs as listed."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from sluice.events.model import AnyEvent
from sluice.events.state import RunConclusion, RunStatus


class RunRow(Struct, frozen=True, kw_only=True):
    """A run as listed; times in seconds since the epoch. ``status``, ``conclusion`` and ``unavailable`` are those of
    the folded ``RunState``; ``id`` is the store's own number of the run, which no other run ever gets.
    """

    run: str
    number: int
    attempt: int
    workflow_file: str
    workflow_name: str
    run_name: str
    trigger: str
    ref: str
    sha: str
    root: str
    status: RunStatus
    conclusion: RunConclusion | None
    created: float
    completed: float | None
    engine_pid: int
    engine_started: float
    unavailable: bool = False
    id: int = 0


class EventWriter(Protocol):
    """The one writer of a run's stream."""

    def append(self, event: AnyEvent) -> None:
        """Queue an event; cheap, in order. Raises ``StoreError`` once an earlier one could not be kept."""
        ...

    async def flush(self) -> None:
        """Return when everything appended so far is on disk; raises ``StoreError`` when it can't be."""
        ...
