"""A run from its first event to its last. In: a ``RunPlan``, ``Facilities``, an interruption. Out: the conclusion."""

from __future__ import annotations

from collections.abc import Mapping

import anyio

from sluice.engine.facilities import Facilities, RunPlan
from sluice.engine.graph.groups import Holder, holding
from sluice.engine.graph.scheduler import GraphRun
from sluice.engine.interruption import Interruption
from sluice.engine.jobs.status import Status
from sluice.events.model import CancelRequested, RunCompleted, RunStarted
from sluice.plan.rules.results import End, combine
from sluice.workflow.evaluation import workflow_scope


async def perform_run(plan: RunPlan, facilities: Facilities, interruption: Interruption) -> Status:
    """Hold the workflow's concurrency group, run the graph, say how it ended."""
    async with anyio.create_task_group() as group:
        group.start_soon(_announce_cancellation, facilities, interruption)
        conclusion, reason = await _perform(plan, facilities, interruption)
        group.cancel_scope.cancel()
    facilities.emit(RunCompleted(conclusion=conclusion.value, reason=reason))
    return conclusion


async def _perform(plan: RunPlan, facilities: Facilities, interruption: Interruption) -> tuple[Status, str]:
    concurrency = plan.workflow.concurrency
    holder = Holder(run=plan.run, job=None, interruption=interruption)
    async with holding(facilities, concurrency, workflow_scope(plan.contexts), holder) as entered:
        if not entered:
            return Status.CANCELLED, interruption.reason or ""
        facilities.emit(RunStarted())
        async with anyio.create_task_group() as removals:
            level = GraphRun(
                plan=plan,
                facilities=facilities,
                removals=removals,
                graph=plan.graph,
                contexts=plan.contexts,
                interruption=interruption,
                masked=tuple(facilities.masked),
            )
            results = await level.perform()
    return _conclusion(results), interruption.reason or ""


def _conclusion(results: Mapping[str, End]) -> Status:
    found = Status(combine(results.values()).conclusion)
    return Status.SUCCESS if found is Status.SKIPPED else found


async def _announce_cancellation(facilities: Facilities, interruption: Interruption) -> None:
    await interruption.wait()
    facilities.emit(CancelRequested(reason=interruption.reason or "cancelled"))
