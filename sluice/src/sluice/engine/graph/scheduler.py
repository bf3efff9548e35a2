"""Runs a graph that opens as it goes: a job starts as soon as its own needs are done (no stage barriers).

In: a ``RunPlan`` and ``Facilities``. Out: the results of every node, and events. Matrices are expanded by ``plan``;
what happens inside a job run is ``leg``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import anyio
from anyio.abc import TaskGroup
from msgspec import Struct, field

from sluice.engine.facilities import Facilities, RunPlan
from sluice.engine.graph.leg import run_leg
from sluice.engine.graph.levels import Below, Leg
from sluice.engine.interruption import Interruption
from sluice.events.model import (
    AnnotationCreated,
    CancelRequested,
    ConditionEvaluated,
    ExpandedJob,
    JobCompleted,
    JobExpanded,
    Result,
)
from sluice.expressions.values import Value, to_python
from sluice.plan.graph.expansion import expand
from sluice.plan.graph.model import Expansion, Graph, JobNode, JobRun
from sluice.plan.graph.naming import what_there_is
from sluice.plan.rules.decision import Decision, decide_job
from sluice.plan.rules.results import End, combine, needs_context, status_functions
from sluice.source.diagnostics import Diagnostic
from sluice.source.errors import InvalidInputError
from sluice.source.positions import Span
from sluice.workflow.evaluation import EvaluationError, Scope
from sluice.workflow.model import Access


class GraphRun(Struct, kw_only=True):
    """One level of the graph: the run's own workflow, or one that a job calls."""

    plan: RunPlan
    facilities: Facilities
    removals: TaskGroup
    graph: Graph
    contexts: Mapping[str, Value]
    interruption: Interruption
    masked: tuple[str, ...]
    granted: Mapping[str, Access] | None = None
    caller_name: str = ""
    results: dict[str, End] = field(default_factory=dict)

    async def perform(self) -> dict[str, End]:
        """Run every node to its end; returns the results by node key."""
        done = {key: anyio.Event() for key in self.graph.nodes}
        async with anyio.create_task_group() as group:
            for node in self.graph.nodes.values():
                group.start_soon(self._perform_node, node, done)
        return self.results

    async def _perform_node(self, node: JobNode, done: Mapping[str, anyio.Event]) -> None:
        for need in node.needs:
            await done[need].wait()
        try:
            self.results[node.key] = await self._run_node(node)
        finally:
            done[node.key].set()

    async def _run_node(self, node: JobNode) -> End:
        kept = self._kept(node.key)
        if kept is not None:
            return kept
        try:
            decision = self._decide(node)
            if not decision.runs:
                return self._skip(node, decision)
            expansion = expand(node, self.caller_name, self.scope_of(node))
        except (EvaluationError, InvalidInputError) as error:
            return self._refuse(node, error)
        absent = self._absent(node, expansion)
        if absent is not None:
            return self._refuse(node, absent, absent=True)
        self._announce(node, expansion)
        for notice in expansion.notices:
            self._annotate(node, "warning", notice.message, notice.span)
        return combine(await self._run_legs(expansion))

    def _absent(self, node: JobNode, expansion: Expansion) -> InvalidInputError | None:
        """What is said of a leg that was asked for and is not there: it must not read as passed."""
        if self.plan.selection is None or self.graph.prefix:
            return None
        known = [run.key for run in expansion.runs]
        missing = sorted(self.plan.selection.legs.get(node.key, frozenset()).difference(known))
        if not missing:
            return None
        message = f"There is no job '{missing[0]}': {what_there_is(known)}"
        return InvalidInputError([Diagnostic(span=node.job.span, rule="selection", message=message)])

    async def perform_below(self, below: Below, leg: Leg) -> dict[str, End]:
        """Run the level that a called workflow opens below ``leg``."""
        level = GraphRun(
            plan=self.plan,
            facilities=self.facilities,
            removals=self.removals,
            graph=below.graph,
            contexts=below.contexts,
            interruption=leg.interruption,
            masked=(*self.masked, *below.masked),
            granted=below.granted,
            caller_name=leg.run.name,
        )
        return await level.perform()

    def scope_of(self, node: JobNode, extra: Mapping[str, Value] | None = None) -> Scope:
        """What a job's own keys see: github, inputs, vars, needs, and what ``extra`` adds."""
        contexts = {
            **{name: self.contexts[name] for name in ("github", "inputs", "vars")},
            "needs": needs_context(self.graph, node.key, self.results),
            **(extra or {}),
        }
        functions = status_functions(self.graph, node.key, self.results, cancelled=self.interruption.requested)
        return Scope(contexts=contexts, functions=functions)

    def _decide(self, node: JobNode) -> Decision:
        """A job's ``if`` is decided before its matrix is expanded (semantics 12)."""
        cancelled = self.interruption.requested
        decision = decide_job(self.graph, node.key, self.results, self.scope_of(node), run_cancelled=cancelled)
        self.facilities.emit(
            ConditionEvaluated(
                job=node.key, expression=decision.expression, result=decision.runs, values=decision.values
            )
        )
        return decision

    def _may_go_on(self, node: JobNode) -> bool:
        """Whether a job's ``if`` holds although the job is cancelled: ``always()`` and ``cancelled()`` do."""
        try:
            return decide_job(self.graph, node.key, self.results, self.scope_of(node), run_cancelled=True).runs
        except InvalidInputError:
            return False

    def _skip(self, node: JobNode, decision: Decision) -> End:
        result: Result = "cancelled" if self.interruption.requested else "skipped"
        reason = self.interruption.reason or decision.reason
        self.facilities.emit(JobCompleted(job=node.key, outcome=result, conclusion=result, reason=reason))
        return End(conclusion=result)

    def _refuse(self, node: JobNode, error: EvaluationError | InvalidInputError, *, absent: bool = False) -> End:
        place = error.span if isinstance(error, EvaluationError) else error.diagnostics[0].span
        self._annotate(node, "error", str(error), place)
        self.facilities.emit(
            JobCompleted(job=node.key, outcome="failure", conclusion="failure", reason=str(error), absent=absent)
        )
        return End(conclusion="failure")

    def _annotate(self, node: JobNode, level: Literal["error", "warning"], message: str, place: Span) -> None:
        self.facilities.emit(
            AnnotationCreated(
                job=node.key,
                level=level,
                message=message,
                file=place.file,
                line=place.start.line,
                column=place.start.column,
            )
        )

    def _announce(self, node: JobNode, expansion: Expansion) -> None:
        """Tell the legs; one that was not asked for is no part of this run."""
        runs = tuple(
            ExpandedJob(key=run.key, name=run.name, matrix=_plain(to_python(run.matrix)))
            for run in expansion.runs
            if run.key in self.plan.kept or self._takes(run)
        )
        self.facilities.emit(JobExpanded(node=node.key, runs=runs))

    async def _run_legs(self, expansion: Expansion) -> list[End]:
        """All legs at once, within ``max-parallel``; with ``fail-fast`` a failed one stops the rest (semantics 16)."""
        ended: list[End] = []
        siblings = Interruption()
        limiter = anyio.CapacityLimiter(expansion.max_parallel) if expansion.max_parallel else None

        async def perform(run: JobRun) -> None:
            leg = Leg(level=self, run=run, expansion=expansion, limiter=limiter, siblings=siblings)
            ended.append(await self._under_cancellation(leg))

        async with anyio.create_task_group() as group:
            for run in expansion.runs:
                kept = self._kept(run.key)
                if kept is not None:
                    ended.append(kept)
                elif self._takes(run):
                    group.start_soon(perform, run)
        return ended

    def _kept(self, key: str) -> End | None:
        """What an earlier attempt left of a node or job run; told again, so that views need no other run."""
        kept = self.plan.kept.get(key)
        if kept is not None:
            self.facilities.emit(
                JobCompleted(
                    job=key,
                    outcome=kept.outcome or kept.conclusion,
                    conclusion=kept.conclusion,
                    reason="kept from the earlier attempt",
                    outputs=dict(kept.outputs),
                    unavailable=kept.unavailable,
                )
            )
        return kept

    def _takes(self, run: JobRun) -> bool:
        selection = self.plan.selection
        return selection is None or bool(self.graph.prefix) or selection.takes_run(run.node.key, run.key)

    async def _under_cancellation(self, leg: Leg) -> End:
        async with anyio.create_task_group() as group:
            for source in (self.interruption, leg.siblings):
                group.start_soon(self._pass_on, source, leg)
            result = await run_leg(leg)
            group.cancel_scope.cancel()
        return result

    async def _pass_on(self, source: Interruption, leg: Leg) -> None:
        """A job whose ``if`` holds although it is cancelled goes on undisturbed (docs.github.com: cancelling)."""
        await source.wait()
        if not self._may_go_on(leg.run.node):
            self.facilities.emit(CancelRequested(job=leg.run.key, reason=source.reason or ""))
            leg.interruption.request(source.reason or "cancelled")


def _plain(data: object) -> dict[str, object]:
    return data if isinstance(data, dict) else {}
