"""One job run from being ready to its end: its turn among the legs, labels, environment, concurrency, a free slot,
then the job itself.

In: a ``Leg``. Out: its ``End`` and a ``JobCompleted``. A job that can't run on this machine is skipped with
its reason, or fails when the run is strict: it never passes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar, assert_never

import anyio
import anyio.to_thread

from sluice.engine.graph.environments import Refusal, admitted
from sluice.engine.graph.groups import Holder, holding
from sluice.engine.graph.levels import Leg
from sluice.engine.graph.placement import NotHere, check_images, choose_runner, runner_labels, wants_engine
from sluice.engine.jobs.job import JobResult, run_job
from sluice.engine.jobs.requests import Placed, job_request, limits_of
from sluice.engine.jobs.status import Status
from sluice.events.model import AnnotationCreated, JobCompleted, JobWaiting, Result
from sluice.machine.threads import in_daemon_thread
from sluice.machine.trees import remove_tree
from sluice.plan.rules.environments import environment_of
from sluice.plan.rules.results import End, conclude
from sluice.runners.job_folders import kept_folder, put_away
from sluice.runners.protocol import Runner
from sluice.source.errors import SluiceError, StoreError
from sluice.source.machine_limits import foremost, machine_limit
from sluice.workflow.evaluation import EvaluationError, Scope, evaluate_boolean
from sluice.workflow.model import Concurrency, NormalJob, ReusableJob

T = TypeVar("T")


async def run_leg(leg: Leg) -> End:
    """Perform one leg when its turn has come (``max-parallel``), whatever kind of job it is: only then does it ask for
    a concurrency group, where a leg that merely waits for its turn would be in another's way.
    """
    async with AsyncExitStack() as held:
        await _take(leg, leg.limiter, "max-parallel", held)
        result = cancelled(leg) if leg.interruption.requested else await _result(leg)
        return _complete(leg, result)


async def _result(leg: Leg) -> JobResult:
    """Every error of the user's becomes the job's failure with its reason."""
    try:
        return await _perform(leg)
    except NotHere as missing:
        status = Status.FAILURE if leg.level.plan.strict else Status.SKIPPED
        return JobResult(outcome=status, reason=str(missing), unavailable=True)
    except Exception as error:
        told = _told(foremost(error))
        if told is None:
            raise
        return JobResult(outcome=Status.FAILURE, reason=told.in_one_line)


def _told(error: BaseException) -> SluiceError | None:
    """What fails this job alone, out of a group of its tasks too; a store that fails stops the run."""
    if isinstance(error, SluiceError):
        return None if isinstance(error, StoreError) else error
    return machine_limit(error)


def _conclude(leg: Leg, result: JobResult) -> Result:
    """Once for a leg: its siblings hear of a failure (semantics 16) while it still has its slot, which one of them
    would take to start in vain.
    """
    if leg.conclusion is None:
        leg.conclusion = conclude(result.outcome.value, continue_on_error=_continues(leg))
        if leg.conclusion == "failure" and leg.expansion.fail_fast:
            leg.siblings.request(f"fail-fast: {leg.run.name} failed")
    return leg.conclusion


def _complete(leg: Leg, result: JobResult) -> End:
    conclusion = _conclude(leg, result)
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
    """A job with ``continue-on-error`` passes for those who need it (semantics 14)."""
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
            from sluice.engine.graph.called import run_called

            async with _group(leg, job.concurrency) as entered:
                return await run_called(leg, job) if entered else cancelled(leg)
        case NormalJob():
            return await _perform_normal(leg, job)
        case _:
            assert_never(job)


def cancelled(leg: Leg) -> JobResult:
    """The end of a job that was told to stop before it began."""
    return JobResult(outcome=Status.CANCELLED, reason=leg.interruption.reason or "")


async def _perform_normal(leg: Leg, job: NormalJob) -> JobResult:
    scope = leg.scope()
    limits = limits_of(job, scope)
    runner = await _checked_runner(leg, job, scope)
    if runner is None:
        return cancelled(leg)
    place = environment_of(job.environment, scope)
    async with AsyncExitStack() as held:
        if not await held.enter_async_context(_group(leg, job.concurrency)):
            return cancelled(leg)
        refused = await _unless_cancelled(leg, lambda: admitted(leg.facilities, leg.run.key, place))
        if refused is not None:
            return _refusal(refused)
        await _unless_cancelled(leg, lambda: held.enter_async_context(_ports(leg, job, runner)))
        slot = await held.enter_async_context(AsyncExitStack())  # closed before what else is held
        await _take(leg, leg.facilities.slots, "slots", slot)
        if leg.interruption.requested:
            return cancelled(leg)
        room = await held.enter_async_context(AsyncExitStack())
        folder = room.enter_context(leg.facilities.job_folders.claim(leg.run.key))
        placed = Placed(runner=runner, environment=place, folder=folder, limits=limits)
        request = job_request(leg, job, placed, partial(_over, leg, runner, room, slot))
        with closing(request.log):
            result = await run_job(request)
        _conclude(leg, result)
        _clear(leg, result, folder, room)
        return result


def _refusal(refused: Refusal) -> JobResult:
    """Raises ``NotHere`` where what protects the environment can't be had on this machine."""
    if refused.unavailable:
        raise NotHere(refused.reason)
    return JobResult(outcome=refused.status, reason=refused.reason)


async def _over(leg: Leg, runner: Runner, room: AsyncExitStack, slot: AsyncExitStack, result: JobResult) -> None:
    """The next job may come while what this one left is ended, unless that has ports which it would want."""
    if result.outcome is not Status.SUCCESS:
        _conclude(leg, result)
    await leg.facilities.endings.acquire_on_behalf_of(leg.run.key)  # folders that are to go don't pile up
    room.callback(leg.facilities.endings.release_on_behalf_of, leg.run.key)
    if not runner.claims_ports():
        await slot.aclose()


def _clear(leg: Leg, result: JobResult, folder: Path, room: AsyncExitStack) -> None:
    """Remove the job's folder while those who need the job begin; what a failed job left stays for ``sluice shell``."""
    if result.outcome is Status.SUCCESS and not leg.facilities.keep_workspaces:
        leg.level.removals.start_soon(_remove, folder, room.pop_all())
    else:
        put_away(folder, kept_folder(leg.facilities.folder, leg.run.key))


async def _remove(folder: Path, room: AsyncExitStack) -> None:
    async with room:
        with suppress(OSError):  # what can't be removed is no fault of the job's
            await anyio.to_thread.run_sync(remove_tree, folder)


async def _unless_cancelled(leg: Leg, work: Callable[[], Awaitable[T]]) -> T | None:
    return await leg.interruption.unless_requested(work, otherwise=None)


async def _checked_runner(leg: Leg, job: NormalJob, scope: Scope) -> Runner | None:
    """Where the job runs, once all that it wants is known to be here; ``None`` when it was cancelled meanwhile. A
    container engine may take its time to answer, which is nobody else's.
    """

    def check() -> Runner:
        runner = _runner(leg, job, scope)
        _check_services(leg, job, scope)
        return runner

    async def ask() -> Runner | Exception:
        try:
            return await in_daemon_thread(check)
        except (NotHere, SluiceError) as error:
            return error

    if not wants_engine(job):
        return check()
    found = await _unless_cancelled(leg, ask)
    if isinstance(found, Exception):
        raise found
    return found


def _runner(leg: Leg, job: NormalJob, scope: Scope) -> Runner:
    """What has the labels; a job with a container gets a runner of its own."""
    host = choose_runner(leg.facilities.runners, runner_labels(job.runs_on, scope))
    if not check_images(job, scope, leg.facilities.container_engine):
        return host
    from sluice.runners.container.runner import ContainerRunner

    return ContainerRunner(host.labels, leg.facilities.container_engine)


def _check_services(leg: Leg, job: NormalJob, scope: Scope) -> None:
    if job.services is not None:
        from sluice.engine.containers.services import check_services

        check_services(job.services, scope, leg.facilities.service_providers)


def _claimed_ports(leg: Leg, job: NormalJob) -> frozenset[int]:
    if job.services is None:
        return frozenset()
    from sluice.engine.containers.services import claimed_ports

    return claimed_ports(job.services, leg.scope())


def _group(leg: Leg, concurrency: Concurrency | None) -> AbstractAsyncContextManager[bool]:
    holder = Holder(run=leg.level.plan.run, job=leg.run.key, interruption=leg.interruption)
    return holding(leg.facilities, concurrency, leg.scope(), holder)


def _ports(leg: Leg, job: NormalJob, runner: Runner) -> AbstractAsyncContextManager[None]:
    """Jobs that claim the same port of the machine run one after the other, where they share its ports."""
    ports = _claimed_ports(leg, job) if runner.claims_ports() else frozenset()

    def waiting(detail: str) -> None:
        leg.facilities.emit(JobWaiting(job=leg.run.key, reason="ports", detail=detail))

    return leg.facilities.port_claims.hold(ports, leg.run.key, waiting)


async def _take(leg: Leg, limiter: anyio.CapacityLimiter | None, reason: str, held: AsyncExitStack) -> None:
    if limiter is None:
        return
    if limiter.available_tokens < 1:
        leg.facilities.emit(JobWaiting(job=leg.run.key, reason=reason))
    if await _acquire(leg, limiter, reason):
        held.callback(limiter.release_on_behalf_of, (leg.run.key, reason))


async def _acquire(leg: Leg, limiter: anyio.CapacityLimiter, reason: str) -> bool:
    """Wait for a place; ``False`` when the leg was cancelled before it got one."""

    async def acquire() -> bool:
        await limiter.acquire_on_behalf_of((leg.run.key, reason))
        return True

    return await leg.interruption.unless_requested(acquire, otherwise=False)
