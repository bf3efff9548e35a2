"""What the commands that look at runs share: marking the dead, printing lines, reading logs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import partial

from sluice.events.model import RunInterrupted
from sluice.runners.host.processes import kill_all, marked, tracking_id
from sluice.store.processes import is_alive
from sluice.store.protocol import RunRow
from sluice.store.sqlite import SqliteStore
from sluice.views.lines import Line
from sluice.views.painting import write


def mark_interrupted(store: SqliteStore) -> list[RunRow]:
    """Runs whose engine died get their last event; what was left of their processes is ended. Returns those runs."""
    dead = [row for row in store.unfinished() if not is_alive(row.engine_pid, row.engine_started)]
    for row in dead:
        kill_all(partial(marked, tracking_id(row.run)))
        writer = store.writer(row.run)
        writer.append(RunInterrupted(reason=f"the engine (process {row.engine_pid}) died"))
        writer.close()
    return dead


def print_lines(lines: Iterable[Line]) -> None:
    """To standard output, coloured where it is a terminal."""
    from rich.console import Console

    write(lines, Console(file=sys.stdout, highlight=False))
