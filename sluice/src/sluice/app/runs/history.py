"""Runs that are over, or that other processes perform: found by name, folded to their state."""

from __future__ import annotations

import re
from pathlib import Path

from sluice.app.root import project_root_if_any
from sluice.events.fold import fold
from sluice.events.state import RunState
from sluice.machine.processes import is_alive
from sluice.source.errors import UsageError
from sluice.store.places import find_places
from sluice.store.runs.protocol import RunRow
from sluice.store.runs.sqlite import SqliteStore

_NUMBER = re.compile(r"#\d*|\d{1,7}")
"""As ids begin with a date, more digits are the beginning of one."""


def open_store() -> SqliteStore:
    """This user's store."""
    return SqliteStore(find_places().prepare().state)


def current_root() -> str | None:
    """The repository around the working folder, ``None`` outside of one: then runs of all repositories count."""
    root = project_root_if_any()
    return str(root) if root else None


def find_run(store: SqliteStore, name: str) -> RunRow:
    """A run by id, prefix, number or ``latest``; one whose engine died is marked as interrupted.

    Raises ``UsageError``: ``latest`` and numbers are a repository's own.
    """
    root, wanted = current_root(), name.strip()
    if root is None and (wanted == "latest" or _NUMBER.fullmatch(wanted)):
        said = "The newest run is" if wanted == "latest" else f"A run's number ({wanted}) is"
        raise UsageError(
            f"{said} a repository's, and {Path.cwd()} is in none",
            hint="go to the repository, or give the run's id: `sluice list` shows the runs of all of them",
        )
    return _up_to_date(store, store.find_run(name, root=root))


def _up_to_date(store: SqliteStore, row: RunRow) -> RunRow:
    if row.status == "completed" or is_alive(row.engine_pid, row.engine_started):
        return row
    from sluice.app.runs.interrupted import mark_interrupted

    mark_interrupted(store)
    return store.find_run(row.run)


def load_state(store: SqliteStore, run: str) -> RunState:
    """The run as its events tell it."""
    state: RunState | None = None
    for record in store.read(run):
        state = fold(state, record)
    if state is None:
        raise UsageError(f"Run {run} has no events")
    return state


def find_job(state: RunState, name: str) -> str:
    """The key of a job run by key, name or node; raises ``UsageError`` with what there is."""
    wanted = name.lower()
    exact = [key for key, job in state.jobs.items() if wanted in {key.lower(), job.name.lower()}]
    close = exact or [key for key, job in state.jobs.items() if job.node.lower() == wanted]
    if not close:
        raise UsageError(f"No job '{name}' in run {state.run}", hint=f"jobs: {', '.join(state.jobs)}")
    failed = [key for key in close if state.jobs[key].conclusion == "failure"]
    return (failed or close)[0]
