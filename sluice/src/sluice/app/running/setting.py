"""What one command's runs share, and what a run does again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from sluice.app.running.options import RunOptions
from sluice.app.settings import Settings
from sluice.events.state import RunState
from sluice.plan.graph.building import select_failed
from sluice.plan.graph.model import Graph
from sluice.plan.rules.results import End
from sluice.repository.snapshot import Snapshot
from sluice.runners.host.runner import HostRunner
from sluice.source.errors import UsageError
from sluice.store.places import Places
from sluice.store.runs.sqlite import SqliteStore


class Repeat(Struct, frozen=True, kw_only=True):
    """A run that is done again. ``failed`` is how it ended, where only what failed is done again; ``artifacts`` is the
    folder of what was uploaded then.
    """

    run: str
    run_id: int
    attempt: int
    number: int
    failed: RunState | None = None
    artifacts: Path | None = None

    def kept(self, graph: Graph) -> dict[str, End]:
        """The ends that stand in the graph that runs now. Raises ``UsageError`` when nothing failed."""
        return {} if self.failed is None else kept_ends(self.failed, graph)

    def uploaded_anew(self, kept: Collection[str]) -> frozenset[str]:
        """The artifacts that only jobs uploaded which are done again: their names must be free for them."""
        jobs = self.failed.jobs.values() if self.failed else ()
        by_run = [(job.key.partition("/")[0] in kept, one.name) for job in jobs for one in job.artifacts]
        return frozenset(name for stands, name in by_run if not stands) - {name for stands, name in by_run if stands}


def kept_ends(state: RunState, graph: Graph) -> dict[str, End]:
    """Of whole nodes, and of the legs of a matrix that passed. Raises ``UsageError`` when nothing failed."""
    conclusions = {key: job.conclusion for key, job in state.jobs.items() if job.conclusion is not None}
    selection = select_failed(graph, conclusions)
    if not selection.nodes and state.conclusion == "success":
        raise UsageError(f"Nothing failed in run {state.run}", hint=f"sluice rerun {state.run} repeats all of it")
    kept: dict[str, End] = {}
    for key, job in state.jobs.items():
        stands = "/" not in key and job.conclusion is not None
        if stands and job.conclusion is not None and not selection.takes_run(job.node, key):
            kept[key] = End(
                conclusion=job.conclusion, outcome=job.outcome, outputs=job.outputs, unavailable=job.unavailable
            )
    return kept


class Setting(Struct, frozen=True, kw_only=True):
    """What all runs of one command share."""

    root: Path
    settings: Settings
    options: RunOptions
    places: Places
    store: SqliteStore
    snapshot: Snapshot
    runner: HostRunner
    repeat: Repeat | None = None
