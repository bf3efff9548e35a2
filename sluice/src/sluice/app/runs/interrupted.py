"""Runs whose engine died: they get their last event, and nothing of them goes on. In: the store. Out: those runs."""

from __future__ import annotations

from functools import partial

from sluice.events.model import RunInterrupted
from sluice.runners.host.processes import kill_all, marked, tracking_id
from sluice.store.processes import is_alive
from sluice.store.protocol import RunRow
from sluice.store.sqlite import SqliteStore


def mark_interrupted(store: SqliteStore) -> list[RunRow]:
    """Runs whose engine died get their last event; what was left of their processes is ended. Returns those runs."""
    dead = [row for row in store.unfinished() if not is_alive(row.engine_pid, row.engine_started)]
    for row in dead:
        kill_all(partial(marked, tracking_id(row.run)))
        writer = store.writer(row.run)
        writer.append(RunInterrupted(reason=f"the engine (process {row.engine_pid}) died"))
        writer.close()
    return dead
