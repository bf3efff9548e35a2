"""One job run from its workspace to its outputs. The flow of a job is ``_perform``, read top down.

In: a ``JobRequest``. Out: a ``JobResult`` and the job's events. It decides nothing about other jobs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

import anyio
from msgspec import Struct, field

from sluice.engine.containers.by_steps import steps_containers
from sluice.engine.deploying import let_deploy
from sluice.engine.interruption import CANCELED, Interruption
from sluice.engine.jobs.completion import complete_job
from sluice.engine.jobs.contexts import placed_contexts
from sluice.engine.jobs.phases import begin_phase, end_phase
from sluice.engine.jobs.scopes import step_scope
from sluice.engine.jobs.session import Frame, JobSession, JobTools
from sluice.engine.jobs.setup import prepare_job
from sluice.engine.jobs.status import Status
from sluice.engine.masked_events import masked
from sluice.engine.output.annotations import AnnotationPlaces
from sluice.engine.output.context import JobOutput
from sluice.engine.output.matcher_files import files_of_matchers
from sluice.engine.output.matchers import MatcherSet
from sluice.engine.processes.command_files import CommandFileSupply
from sluice.engine.rehearsing import rehearse
from sluice.engine.steps.actions.posts import perform_posts
from sluice.engine.steps.actions.pres import perform_pres
from sluice.engine.steps.dispatch import perform_steps, planned_step_name
from sluice.engine.steps.parallel import drain
from sluice.events.model import AnnotationCreated, AnyEvent, JobStarted, PlannedStep, StepCompleted
from sluice.expressions.values import Value
from sluice.masking.masker import Masker
from sluice.plan.graph.model import JobRun
from sluice.plan.rules.environments import Environment
from sluice.runners.protocol import Runner, Workspace, WorkspaceRequest
from sluice.store.runs.logs import LogWriter
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import NormalJob, RunDefaults
from sluice.workflow.tokens import Token

if TYPE_CHECKING:
    from sluice.services.protocol import ServiceProvider


class JobRequest(Struct, frozen=True, kw_only=True):
    """Everything a job needs from outside. ``contexts`` has github, vars, secrets, needs, inputs, matrix, strategy;
    ``permissions`` is what its token may, by scope, where the workflow says. ``over`` hears the result when the last
    step is done and what the job left running is still to be ended.
    """

    run: JobRun
    job: NormalJob
    runner: Runner
    labels: tuple[str, ...]
    place: WorkspaceRequest
    contexts: Mapping[str, Value]
    workflow_environment: Token | None
    workflow_defaults: RunDefaults | None
    tools: JobTools
    masker: Masker
    log: LogWriter
    emit: Callable[[AnyEvent], None]
    interruption: Interruption
    service_providers: Callable[[], Sequence[ServiceProvider]]
    timeout_minutes: float
    grace_minutes: float
    over: Callable[[JobResult], Awaitable[None]]
    permissions: Mapping[str, str] | None = None
    strict: bool = False
    environment: Environment | None = None


class JobResult(Struct, frozen=True, kw_only=True):
    """``outcome`` is before the job's ``continue-on-error``; ``unavailable`` says that this machine lacks something."""

    outcome: Status
    outputs: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    environment_url: str | None = None
    unavailable: bool = False


async def run_job(request: JobRequest) -> JobResult:
    """Open a workspace, perform the job in it, close it whatever happens."""
    async with request.runner.open(request.place) as workspace:
        session = _open_session(request, workspace)
        _announce(request, session)
        async with anyio.create_task_group() as watch:
            watch.start_soon(_end_after_grace, session, request.grace_minutes)
            try:
                await _perform(request, session, watch)
            finally:
                session.command_files.close()
            watch.cancel_scope.cancel()
        result = _result(session, strict=request.strict)
        await request.over(result)
    return result


def _result(session: JobSession, *, strict: bool) -> JobResult:
    """A job for which something is missing here never passes: it counts as skipped, or as failed when strict."""
    if session.missing is not None:
        status = Status.FAILURE if strict else Status.SKIPPED
        return JobResult(outcome=status, reason=session.masker.mask_text(session.missing), unavailable=True)
    return JobResult(
        outcome=session.standing,
        outputs=session.outputs,
        reason=session.interruption.reason or "",
        environment_url=session.environment_url,
    )


async def _perform(request: JobRequest, session: JobSession, watch: anyio.abc.TaskGroup) -> None:
    frame = Frame(interruption=session.final)
    async with anyio.create_task_group() as background:
        session.background_group = background
        if await _set_up(request, session):
            watch.start_soon(_time_out, session, request.timeout_minutes)
            scope = step_scope(session, frame)
            async with _containers(request, session, scope) as problem:
                if problem is not None:
                    session.status = Status.FAILURE
                if problem is None or not session.contained:
                    await _perform_with_docker(request, session, frame)
                else:  # without its container no step has a place
                    _skip_steps(session)
        else:
            _skip_steps(session)
    session.steps = frame.steps
    complete_job(session, request.environment)


async def _perform_with_docker(request: JobRequest, session: JobSession, frame: Frame) -> None:
    """The steps, with what stands before the ``docker`` that they call; without it none is safe to start."""
    async with steps_containers(session, request.place.run) as problem:
        if problem is None:
            await _perform_steps(session, frame)
            return
        recorder = begin_phase(session, "docker", "Initialize docker", "setup")
        recorder.annotate("error", problem)
        end_phase(session, recorder, "docker", problem)
        session.status = Status.FAILURE
        _skip_steps(session)


async def _perform_steps(session: JobSession, frame: Frame) -> None:
    await perform_pres(session, frame, session.job.steps)
    await perform_steps(session, frame, session.job.steps)
    await drain(session)
    await perform_posts(session)


def _containers(request: JobRequest, session: JobSession, scope: Scope) -> AbstractAsyncContextManager[str | None]:
    """The job's services and its own container while its steps run, and what stands in the way of them."""
    if session.job.services is None and not session.contained:
        return nullcontext()
    from sluice.engine.containers.job import ContainerNeeds, running_containers

    needs = ContainerNeeds(
        run=request.place.run, runner=request.runner, providers=request.service_providers, visible=request.place.visible
    )
    return running_containers(session, scope, needs)


def _open_session(request: JobRequest, workspace: Workspace) -> JobSession:
    defaults = [given for given in (request.job.defaults, request.workflow_defaults) if given is not None]
    paths = workspace.paths
    return JobSession(
        key=request.run.key,
        runner=request.runner.name,
        job=request.job,
        emit=lambda event: request.emit(masked(event, request.masker.mask_text)),
        workspace=workspace,
        command_files=CommandFileSupply(paths.files),
        tools=request.tools,
        output=JobOutput(
            masker=request.masker,
            matchers=MatcherSet(),
            files=files_of_matchers(workspace),
            places=AnnotationPlaces(paths.workspace),
        ),
        log=request.log,
        interruption=request.interruption,
        final=Interruption(),
        contexts=placed_contexts(request.contexts, paths),
        permissions=request.permissions,
        defaults=RunDefaults(
            shell=next((given.shell for given in defaults if given.shell), None),
            working_directory=next((given.working_directory for given in defaults if given.working_directory), None),
        ),
    )


def _announce(request: JobRequest, session: JobSession) -> None:
    steps = tuple(
        PlannedStep(key=str(number), id=step.id, name=planned_step_name(step, session.contexts))
        for number, step in enumerate(request.job.steps, start=1)
    )
    session.emit(
        JobStarted(
            job=session.key,
            runner=request.runner.name,
            labels=request.labels,
            isolation=session.workspace.isolation,
            steps=steps,
            environment=request.environment.name if request.environment else None,
        )
    )


async def _set_up(request: JobRequest, session: JobSession) -> bool:
    """The step "Set up job": environment and actions. ``False`` when the job can't go on."""
    recorder = begin_phase(session, "setup", "Set up job", "setup")
    await let_deploy(session, request.environment.name if request.environment else None)
    error = await rehearse(session, session.permissions)

    async def prepare() -> str | None:
        return await prepare_job(session, recorder, request.workflow_environment)

    error = error or await session.interruption.unless_requested(prepare, otherwise=CANCELED)
    if error is not None:
        recorder.annotate("error", error)
        session.status = Status.FAILURE
    end_phase(session, recorder, "setup", error)
    return error is None


def _skip_steps(session: JobSession) -> None:
    """Say of each step that it never started."""
    for number in range(1, len(session.job.steps) + 1):
        session.emit(
            StepCompleted(
                job=session.key,
                step=str(number),
                outcome="skipped",
                conclusion="skipped",
                reason="the job could not be set up",
            )
        )


async def _time_out(session: JobSession, minutes: float) -> None:
    """A job's timeout takes the cancellation path (semantics 20)."""
    await anyio.sleep(max(minutes, 0) * 60)
    message = f"The job has exceeded the maximum execution time of {minutes:g} minutes."
    session.emit(AnnotationCreated(job=session.key, level="error", message=message))
    session.interruption.request(message)


async def _end_after_grace(session: JobSession, minutes: float) -> None:
    await session.interruption.wait()
    await anyio.sleep(minutes * 60)
    session.final.request(f"The time of grace after the cancellation, {minutes:g} minutes, is over.")
