"""What a job run stands on: the level of the graph that its workflow opened, and the leg that it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import anyio
from anyio.abc import TaskGroup
from msgspec import Struct, field

from sluice.engine.facilities import Facilities, RunPlan
from sluice.engine.interruption import Interruption
from sluice.events.model import Result
from sluice.expressions.values import Value
from sluice.plan.graph.expansion import matrix_context, strategy_context
from sluice.plan.graph.model import Expansion, Graph, JobNode, JobRun
from sluice.plan.rules.permissions import effective_permissions
from sluice.plan.rules.results import End
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Access


class Below(Struct, frozen=True, kw_only=True):
    """What a called workflow's level starts from: ``masked`` are the secrets that its call made, ``granted`` is what
    the calling job's token may do, where that is said.
    """

    graph: Graph
    contexts: Mapping[str, Value]
    masked: tuple[str, ...]
    granted: Mapping[str, Access] | None


class Level(Protocol):
    """The level of the graph that a leg stands on: ``scheduler.GraphRun``. ``masked`` are the secrets that its jobs
    know, ``granted`` is what the job that called it may do, where that is said. ``removals`` of what a job left go on
    beside the jobs that need it, until the run is over.
    """

    plan: RunPlan
    facilities: Facilities
    removals: TaskGroup
    graph: Graph
    contexts: Mapping[str, Value]
    masked: tuple[str, ...]
    granted: Mapping[str, Access] | None

    def scope_of(self, node: JobNode, extra: Mapping[str, Value] | None = None) -> Scope:
        """What the job's own keys see."""
        ...

    async def perform_below(self, below: Below, leg: Leg) -> dict[str, End]:
        """Run the level that a called workflow opens below ``leg``."""
        ...


class Leg(Struct, kw_only=True):
    """A job run that may start; ``interruption`` is its own, ``siblings`` that of all legs of its matrix.

    ``conclusion`` stands as soon as it is known, which is before the leg gives back what it holds.
    """

    level: Level
    run: JobRun
    expansion: Expansion
    limiter: anyio.CapacityLimiter | None
    siblings: Interruption
    interruption: Interruption = field(default_factory=Interruption)
    conclusion: Result | None = None

    @property
    def facilities(self) -> Facilities:
        """The run's."""
        return self.level.facilities

    def scope(self) -> Scope:
        """What the leg's keys see before its job starts."""
        extra = {"matrix": matrix_context(self.run), "strategy": strategy_context(self.expansion, self.run)}
        return self.level.scope_of(self.run.node, extra)

    def permissions(self) -> dict[str, Access] | None:
        """What the job's token may do, never more than the calling job's; ``None`` where nobody says."""
        job, workflow, granted = self.run.node.job, self.level.graph.workflow, self.level.granted
        if job.permissions is None and workflow.permissions is None and granted is None:
            return None
        return effective_permissions(job, workflow, allowed=granted)
