"""What the engine and the views need from a store. ``sqlite.SqliteStore`` is the one that everybody gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from sluice.events.model import AnyEvent, Record
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


class Store(Protocol):
    """All runs of this machine's user."""

    def new_run(self, workflow_file: str, root: str) -> tuple[str, int]:
        """A fresh run id (sortable, e.g. ``20261123-190700-4f2a``) and the workflow's next run number."""
        ...

    def writer(self, run: str) -> EventWriter: ...
    def read(self, run: str, after: int = 0, limit: int | None = None) -> Sequence[Record]:
        """Records with ``seq > after``, in order."""
        ...

    def follow(self, run: str, after: int = 0) -> Iterator[Record]:
        """Records as they come, until the run is over; waits in between."""
        ...

    def runs(self, *, root: str | None = None, limit: int = 50) -> Sequence[RunRow]: ...
    def find_run(self, name: str, *, root: str | None = None) -> RunRow:
        """By id, unique prefix of an id, ``#number`` or ``latest``; raises ``UsageError`` naming what there is."""
        ...

    def folder(self, run: str) -> Path:
        """The run's own folder: ``logs/``, ``artifacts/``, ``summaries/``, ``jobs/``, ``report.html``."""
        ...
