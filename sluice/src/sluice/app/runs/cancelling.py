"""Stop a run that another process performs. In: its row. Out: a signal to its engine, or a ``UsageError``."""

from __future__ import annotations

import os
import signal

from sluice.machine.processes import is_alive
from sluice.source.errors import UsageError
from sluice.store.runs.protocol import RunRow


def cancel_run(row: RunRow, *, force: bool) -> None:
    """Ask the engine to stop as Ctrl-C in its terminal would; with ``force`` at once, without post steps."""
    if row.status == "completed":
        raise UsageError(f"Run {row.run} is over already")
    if not is_alive(row.engine_pid, row.engine_started):
        raise UsageError(f"The engine of run {row.run} is gone", hint=f"sluice show {row.run} marks it as interrupted")
    for _ in range(2 if force else 1):
        os.kill(row.engine_pid, signal.SIGINT)
