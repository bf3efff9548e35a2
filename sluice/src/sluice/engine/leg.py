"""One job run from being ready to its end: labels, environment, concurrency, a free slot, then the job itself.

In: a ``Leg``. Out: its ``End`` and a ``JobCompleted``. A job that can't run on this machine is skipped with
its reason, or fails when the run is strict: it never passes.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Protocol, assert_never

import anyio
import anyio.to_thread
from msgspec import Struct, field

from sluice.engine.environments import admitted, visible_secrets
from sluice.engine.facilities import Facilities, RunPlan
from sluice.engine.groups import Holder, holding
from sluice.engine.interruption import Interruption
from sluice.engine.job import JobRequest, JobResult, run_job
from sluice.engine.output.masking import Masker
from sluice.engine.placement import NotHere, check_images, choose_runner, runner_labels
from sluice.engine.status import Status
from sluice.events.model import AnnotationCreated, JobCompleted, JobWaiting
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.plan.environments import Environment, environment_of
from sluice.plan.expansion import matrix_context, strategy_context
from sluice.plan.model import Expansion, Graph, JobNode, JobRun
from sluice.plan.permissions import effective_permissions
from sluice.plan.results import End, conclude
from sluice.runners.job_folders import kept_folder, put_away
from sluice.runners.protocol import Runner, WorkspaceRequest
from sluice.source.errors import SluiceError, StoreError
from sluice.source.machine_limits import foremost, machine_limit
from sluice.workflow.evaluation import EvaluationError, Scope, evaluate_boolean
from sluice.workflow.model import Concurrency, NormalJob, ReusableJob


class Level(Protocol):
    """The level of the graph that a leg stands on: ``scheduler.GraphRun``."""

    plan: RunPlan
    facilities: Facilities
    graph: Graph
    contexts: Mapping[str, Value]

    def scope_of(self, node: JobNode, extra: Mapping[str, Value] | None = None) -> Scope:
        """What the job's own keys see."""
        ...

    async def perform_below(self, graph: Graph, contexts: Mapping[str, Value], leg: Leg) -> dict[str, End]:
        """Run the level that a called workflow opens below ``leg``."""
        ...


class Leg(Struct, kw_only=True):
    """A job run that may start; ``interruption`` is its own."""

    level: Level
    run: JobRun
    expansion: Expansion
    limiter: anyio.CapacityLimiter | None
    interruption: Interruption = field(default_factory=Interruption)

    @property
    def facilities(self) -> Facilities:
        """The run's."""
        return self.level.facilities

    def scope(self) -> Scope:
        """What the leg's keys see before its job starts."""
        extra = {"matrix": matrix_context(self.run), "strategy": strategy_context(self.expansion, self.run)}
        return self.level.scope_of(self.run.node, extra)


async def run_leg(leg: Leg) -> End:
    """Perform one leg; every error of the user's becomes the job's failure with its reason."""
    try:
        result = await _perform(leg)
    except NotHere as missing:
        status = Status.FAILURE if leg.level.plan.strict else Status.SKIPPED
        result = JobResult(outcome=status, reason=str(missing), unavailable=True)
    except (EvaluationError, SluiceError) as error:
        result = JobResult(outcome=Status.FAILURE, reason=str(error))
    except Exception as error:
        told = _told(foremost(error))
        if told is None:
            raise
        result = JobResult(outcome=Status.FAILURE, reason=f"{told} ({told.hint})" if told.hint else str(told))
    return _complete(leg, result)


def _told(error: BaseException) -> SluiceError | None:
    """What fails this job alone, out of a group of its tasks too; a store that fails stops the run."""
    if isinstance(error, SluiceError):
        return None if isinstance(error, StoreError) else error
    return machine_limit(error)


def _complete(leg: Leg, result: JobResult) -> End:
    conclusion = conclude(result.outcome.value, continue_on_error=_continues(leg))
    leg.facilities.emit(
        JobCompleted(
            job=leg.run.key,
            outcome=result.outcome.value,
            conclusion=conclusion,
            reason=result.reason,
            outputs=dict(result.outputs),
            environment_url=result.environment_url,
            unavailable=result.unavailable,
        )
    )
    return End(conclusion=conclusion, outputs=result.outputs, unavailable=result.unavailable)


def _continues(leg: Leg) -> bool:
    """A job with ``continue-on-error`` passes for those who need it (row 14)."""
    job = leg.run.node.job
    if not isinstance(job, NormalJob) or job.continue_on_error is None:
        return False
    try:
        return evaluate_boolean(job.continue_on_error, leg.scope())
    except EvaluationError as error:
        leg.facilities.emit(AnnotationCreated(job=leg.run.key, level="error", message=str(error)))
        return False


async def _perform(leg: Leg) -> JobResult:
    job = leg.run.node.job
    match job:
        case ReusableJob():
            from sluice.engine.called import run_called

            async with _group(leg, job.concurrency) as entered:
                return await run_called(leg, job) if entered else _superseded()
        case NormalJob():
            return await _perform_normal(leg, job)
        case _:
            assert_never(job)


def _superseded() -> JobResult:
    return JobResult(outcome=Status.CANCELLED, reason="a newer one took its place in the concurrency group")


async def _perform_normal(leg: Leg, job: NormalJob) -> JobResult:
    scope = leg.scope()
    runner = _runner(leg, job, scope)
    _check_services(leg, job, scope)
    place = environment_of(job.environment, scope)
    async with AsyncExitStack() as held:
        if not await held.enter_async_context(_group(leg, job.concurrency)):
            return _superseded()
        refused = await admitted(leg.facilities, leg.run.key, place)
        if refused is not None:
            return JobResult(outcome=refused.status, reason=refused.reason)
        await held.enter_async_context(_ports(leg, job, runner))
        await held.enter_async_context(_slot(leg))
        if leg.interruption.requested:
            return JobResult(outcome=Status.CANCELLED, reason=leg.interruption.reason or "")
        folder = held.enter_context(leg.facilities.job_folders.claim(leg.run.key))
        request = _request(leg, job, runner, place, folder)
        with closing(request.log):
            result = await run_job(request)
        if result.outcome is Status.SUCCESS and not leg.facilities.keep_workspaces:
            await anyio.to_thread.run_sync(_remove, folder)
        else:  # for ``sluice shell``
            put_away(folder, kept_folder(leg.facilities.folder, leg.run.key))
        return result


def _runner(leg: Leg, job: NormalJob, scope: Scope) -> Runner:
    """What has the labels; a job with a container gets a runner of its own."""
    host = choose_runner(leg.facilities.runners, runner_labels(job.runs_on, scope))
    if not check_images(job, scope, leg.facilities.container_engine):
        return host
    from sluice.runners.container.runner import ContainerRunner

    return ContainerRunner(host.labels, leg.facilities.container_engine)


def _check_services(leg: Leg, job: NormalJob, scope: Scope) -> None:
    if job.services is not None:
        from sluice.engine.service_containers import check_services

        check_services(job.services, scope, leg.facilities.service_providers)


def _claimed_ports(leg: Leg, job: NormalJob) -> frozenset[int]:
    if job.services is None:
        return frozenset()
    from sluice.engine.service_containers import claimed_ports

    return claimed_ports(job.services, leg.scope())


def _remove(folder: Path) -> None:
    """A workspace that nobody will look at; what a failed job left stays for ``sluice shell``."""
    shutil.rmtree(folder, ignore_errors=True)


def _group(leg: Leg, concurrency: Concurrency | None) -> AbstractAsyncContextManager[bool]:
    holder = Holder(run=leg.level.plan.run, job=leg.run.key, interruption=leg.interruption)
    return holding(leg.facilities, concurrency, leg.scope(), holder)


def _ports(leg: Leg, job: NormalJob, runner: Runner) -> AbstractAsyncContextManager[None]:
    """Jobs that claim the same port of the machine run one after the other, where they share its ports."""
    ports = _claimed_ports(leg, job) if runner.claims_ports() else frozenset()

    def waiting(detail: str) -> None:
        leg.facilities.emit(JobWaiting(job=leg.run.key, reason="ports", detail=detail))

    return leg.facilities.port_claims.hold(ports, leg.run.key, waiting)


@asynccontextmanager
async def _slot(leg: Leg) -> AsyncIterator[None]:
    """A place among the legs (``max-parallel``) and among the jobs of this machine."""
    async with AsyncExitStack() as held:
        for limiter, reason in ((leg.limiter, "max-parallel"), (leg.facilities.slots, "slots")):
            if limiter is None:
                continue
            if limiter.available_tokens < 1:
                leg.facilities.emit(JobWaiting(job=leg.run.key, reason=reason))
            if await _acquire(leg, limiter, reason):
                held.callback(limiter.release_on_behalf_of, (leg.run.key, reason))
        yield


async def _acquire(leg: Leg, limiter: anyio.CapacityLimiter, reason: str) -> bool:
    """Wait for a place; ``False`` when the leg was cancelled before it got one."""
    acquired = False
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_when_asked, leg.interruption, group.cancel_scope)
        await limiter.acquire_on_behalf_of((leg.run.key, reason))
        acquired = True
        group.cancel_scope.cancel()
    return acquired


async def _cancel_when_asked(interruption: Interruption, scope: anyio.CancelScope) -> None:
    await interruption.wait()
    scope.cancel()


def _request(leg: Leg, job: NormalJob, runner: Runner, place: Environment | None, folder: Path) -> JobRequest:
    facilities, level = leg.facilities, leg.level
    tools = facilities.tools()
    return JobRequest(
        run=leg.run,
        job=job,
        runner=runner,
        labels=runner_labels(job.runs_on, leg.scope()),
        place=_workspace_request(leg, folder, tools.source_repository),
        contexts=_contexts(leg, place),
        workflow_environment=level.graph.workflow.env,
        workflow_defaults=level.graph.workflow.defaults,
        tools=tools,
        masker=Masker(facilities.masked),
        log=facilities.open_log(leg.run.key),
        emit=facilities.emit,
        interruption=leg.interruption,
        strict=level.plan.strict,
        environment=place,
        permissions=_permissions(leg, job),
        service_providers=facilities.service_providers,
    )


def _permissions(leg: Leg, job: NormalJob) -> dict[str, str] | None:
    workflow = leg.level.graph.workflow
    if job.permissions is None and workflow.permissions is None:
        return None
    return {scope: access.value for scope, access in effective_permissions(job, workflow).items()}


def _workspace_request(leg: Leg, folder: Path, repository: Path) -> WorkspaceRequest:
    facilities = leg.facilities
    github = leg.level.contexts["github"]
    name = to_text(github.get("repository")) if isinstance(github, Dictionary) else ""
    return WorkspaceRequest(
        job=leg.run.key,
        run=leg.level.plan.run,
        root=folder,
        tools=facilities.tool_cache,
        actions=facilities.action_cache,
        repository=name,
        visible=(repository, *facilities.visible),
    )


def _contexts(leg: Leg, place: Environment | None) -> dict[str, Value]:
    level = leg.level
    github = Dictionary()
    given = level.contexts["github"]
    if isinstance(given, Dictionary):
        github.update(given)
    github["job"] = leg.run.node.job.id
    variables = Dictionary()
    known = level.contexts["vars"]
    if isinstance(known, Dictionary):
        variables.update(known)
    protection = leg.facilities.protections.get(place.name) if place else None
    variables.update(protection.variables if protection else {})
    return {
        **leg.scope().contexts,
        "github": github,
        "vars": variables,
        "secrets": visible_secrets(level.contexts["secrets"], leg.facilities.protections, place),
        "runner": leg.facilities.runner_facts,
        "job": level.contexts["job"],
    }
