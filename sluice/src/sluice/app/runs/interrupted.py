"""Runs whose engine died: they get their last event, and nothing of them goes on. In: the store. Out: those runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from sluice.events.model import RunInterrupted
from sluice.machine.processes import is_alive
from sluice.runners.host.processes import ENGINE, engine_id, kill_all, marked, tracking_id
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore

if TYPE_CHECKING:
    import psutil

_HOLDERS_SECONDS = 2.0


def mark_interrupted(store: SqliteStore) -> list[RunRow]:
    """Runs whose engine died get their last event; what was left of their processes is ended. Returns those runs."""
    dead = [row for row in store.unfinished() if not is_alive(row.engine_pid, row.engine_started)]
    for row in dead:
        _wake_holders(row)
        kill_all(partial(_left_of, row))
        writer = store.writer(row.run)
        writer.append(RunInterrupted(reason=f"the engine (process {row.engine_pid}) died"))
        writer.close()
    return dead


def _wake_holders(row: RunRow) -> None:
    """Who holds jobs and was stopped ends what it holds once it goes on: also what bears no mark of the run."""
    import psutil

    holders = list(marked(engine_id(row.engine_pid, row.engine_started), ENGINE))
    for one in holders:
        with suppress(psutil.Error):
            one.resume()
    psutil.wait_procs(holders, timeout=_HOLDERS_SECONDS)


def _left_of(row: RunRow) -> Iterator[psutil.Process]:
    """The processes of the run's jobs, and what holds jobs of its engine: to end that ends all that is held."""
    yield from marked(tracking_id(row.run))
    yield from marked(engine_id(row.engine_pid, row.engine_started), ENGINE)
