"""The life of one step, whatever its kind: condition, start, body, outcome, conclusion, what others see of it.

A body is an async function that does the step's work under an interruption and comes back with a ``StepOutcome``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import anyio
from msgspec import Struct
from msgspec.structs import replace

from sluice.engine.interruption import CANCELED, Interruption
from sluice.engine.jobs.conditions import decide_step
from sluice.engine.jobs.scopes import layered_environment, step_scope
from sluice.engine.jobs.session import Frame, JobSession
from sluice.engine.jobs.status import Status
from sluice.engine.steps.outcome import Ended, StepOutcome, failed
from sluice.engine.steps.recorder import StepRecorder
from sluice.events.model import StepCompleted, StepStarted
from sluice.expressions.values import Dictionary
from sluice.source.errors import SluiceError
from sluice.source.machine_limits import foremost
from sluice.workflow.evaluation import (
    EvaluationError,
    Scope,
    evaluate_boolean,
    evaluate_mapping,
    evaluate_number,
)
from sluice.workflow.model import Condition
from sluice.workflow.tokens import MappingToken, Token

Phase = Literal["pre", "main", "post"]


class StepPlan(Struct, frozen=True, kw_only=True):
    """A step about to be performed: its key and name in the run, and the tokens that govern it."""

    key: str
    id: str
    name: Callable[[Scope], str]
    phase: Phase
    condition: Condition | None
    environment: MappingToken | Token | None = None
    continue_on_error: Token | None = None
    timeout_minutes: Token | None = None
    remembered: bool = False
    background: bool = False


class StepRun(Struct, kw_only=True):
    """A step that runs: what its body gets. ``timed_out`` are the minutes that it had, once they ended it."""

    plan: StepPlan
    session: JobSession
    frame: Frame
    recorder: StepRecorder
    interruption: Interruption
    environment: Mapping[str, str]
    timed_out: float | None = None

    @property
    def scope(self) -> Scope:
        """Contexts as they are now."""
        return step_scope(self.session, self.frame, self.environment, action=self.plan.id)


Body = Callable[[StepRun], Awaitable[StepOutcome]]


async def perform(session: JobSession, frame: Frame, plan: StepPlan, body: Body) -> Ended:
    """Take a step from its condition to its end, which the caller applies."""
    prepared = _prepare(session, frame, plan)
    if isinstance(prepared, StepOutcome):
        return _end_early(session, frame, plan, prepared)
    run = prepared
    name = plan.name(run.scope)
    session.emit(
        StepStarted(
            job=session.key,
            step=plan.key,
            id=plan.id,
            name=name,
            phase=plan.phase,
            parent=frame.parent,
            background=plan.background,
        )
    )
    outcome = await _run_body(run, body)
    return _finish(run, outcome)


def _prepare(session: JobSession, frame: Frame, plan: StepPlan) -> StepRun | StepOutcome:
    """Evaluate the step's ``env``, then its ``if`` (the runner's order). An outcome means that it does not start."""
    try:
        environment = _own_environment(session, frame, plan)
    except SluiceError as error:
        return _told(session, plan, str(error))
    scope = step_scope(session, frame, environment, action=plan.id)
    try:
        if plan.condition is not None and not decide_step(session, plan.key, plan.condition, scope):
            return StepOutcome(status=Status.SKIPPED)
    except SluiceError as error:
        return replace(_told(session, plan, str(error)), undecided=True)
    interruption = Interruption(frame.interruption)
    return StepRun(
        plan=plan,
        session=session,
        frame=frame,
        recorder=StepRecorder(session, plan.key, layered_environment(session, frame, environment)),
        interruption=interruption,
        environment=environment,
    )


def _told(session: JobSession, plan: StepPlan, problem: str) -> StepOutcome:
    recorder = StepRecorder(session, plan.key)
    recorder.annotate("error", problem)
    recorder.close()
    return failed(problem)


def _own_environment(session: JobSession, frame: Frame, plan: StepPlan) -> dict[str, str]:
    if plan.environment is None:
        return {}
    return evaluate_mapping(plan.environment, step_scope(session, frame, action=plan.id))


def _end_early(session: JobSession, frame: Frame, plan: StepPlan, outcome: StepOutcome) -> Ended:
    if outcome.status is Status.FAILURE or plan.phase == "post" or frame.nested:  # what is not planned has no name yet
        name = plan.name(step_scope(session, frame, action=plan.id))
        session.emit(
            StepStarted(job=session.key, step=plan.key, id=plan.id, name=name, phase=plan.phase, parent=frame.parent)
        )
    return _conclude(session, frame, plan, outcome, outcome.status)


async def _run_body(run: StepRun, body: Body) -> StepOutcome:
    """The body under its timeout and the job's cancellation, with every expected error as an outcome."""
    try:
        minutes = _minutes(run)
        async with anyio.create_task_group() as group:
            group.start_soon(_heed_cancellation, run)
            if minutes is not None:
                group.start_soon(_time_out, run, minutes)
            outcome = await body(run)
            group.cancel_scope.cancel()
    except* (SluiceError, OSError) as errors:
        error = foremost(errors)
        outcome = failed(error.in_one_line if isinstance(error, SluiceError) else str(error))
    except* RecursionError:
        outcome = failed("The step met folders or values that are nested too deeply for an action that Sluice has.")
    return _after_interruption(run, outcome)


def _minutes(run: StepRun) -> float | None:
    """``None`` for no limit, which 0 and less say too, and what is no number (actions/runner, StepsRunner)."""
    token = run.plan.timeout_minutes
    try:
        minutes = 0.0 if token is None else evaluate_number(token, run.scope)
    except EvaluationError as error:
        run.recorder.annotate("error", "An error occurred when attempting to determine the step timeout.")
        run.recorder.annotate("error", error.in_one_line)
        return None
    return minutes if minutes > 0 else None


async def _time_out(run: StepRun, minutes: float) -> None:
    await anyio.sleep(minutes * 60)
    if not run.interruption.requested:
        run.timed_out = minutes
        run.interruption.request("timeout")


async def _heed_cancellation(run: StepRun) -> None:
    """When the job is cancelled the running step's ``if`` is asked again (semantics 27); a background step ends."""
    await run.session.interruption.wait()
    condition = None if run.plan.background else run.plan.condition
    if condition is not None and decide_step(run.session, run.plan.key, condition, run.scope):
        return
    run.interruption.request(run.session.interruption.reason or "cancelled")


def _after_interruption(run: StepRun, outcome: StepOutcome) -> StepOutcome:
    if not run.interruption.requested:
        return outcome
    if run.timed_out is not None:
        name = run.plan.name(run.scope)
        return StepOutcome(
            status=Status.FAILURE,
            exit_code=outcome.exit_code,
            message=f"The action '{name}' has timed out after {run.timed_out:g} minutes.",
        )
    return StepOutcome(status=Status.CANCELLED, exit_code=outcome.exit_code, message=CANCELED)


def _finish(run: StepRun, outcome: StepOutcome) -> Ended:
    if run.recorder.failure is not None and outcome.status is Status.SUCCESS:
        outcome = StepOutcome(status=Status.FAILURE, exit_code=outcome.exit_code, message=run.recorder.failure)
    elif outcome.message:
        run.recorder.annotate("error", outcome.message)
    if run.frame.interruption is not None:
        run.frame.interruption.release(run.interruption)
    conclusion = _conclusion(run, outcome)
    run.recorder.close()
    outputs = {**run.recorder.outputs, **outcome.outputs}
    finished = StepOutcome(status=outcome.status, exit_code=outcome.exit_code, message=outcome.message, outputs=outputs)
    ended = _conclude(run.session, run.frame, run.plan, finished, conclusion)

    def publish() -> None:
        run.session.variables.exported |= run.recorder.exported
        earlier = [path for path in run.session.variables.paths if path not in run.recorder.paths]
        run.session.variables.paths = [*earlier, *run.recorder.paths]  # once each (actions/runner, AddPathFileCommand)
        ended.publish()

    return replace(ended, publish=publish)


def _conclusion(run: StepRun, outcome: StepOutcome) -> Status:
    token = run.plan.continue_on_error
    if outcome.status is not Status.FAILURE or token is None:
        return outcome.status
    try:
        return Status.SUCCESS if evaluate_boolean(token, run.scope) else Status.FAILURE
    except EvaluationError as error:
        run.recorder.annotate("error", error.in_one_line)
        return Status.FAILURE


def _conclude(session: JobSession, frame: Frame, plan: StepPlan, outcome: StepOutcome, conclusion: Status) -> Ended:
    """Record the end."""
    session.emit(
        StepCompleted(
            job=session.key,
            step=plan.key,
            outcome=outcome.status.value,
            conclusion=conclusion.value,
            exit_code=outcome.exit_code,
            reason=outcome.message or "",
            outputs=dict(outcome.outputs),
        )
    )

    def publish() -> None:
        if plan.remembered:
            frame.steps[plan.id] = _step_context(outcome, conclusion)

    def count() -> None:
        _count(session, frame, conclusion)

    return Ended(conclusion=conclusion, undecided=outcome.undecided, publish=publish, count=count)


def _step_context(outcome: StepOutcome, conclusion: Status) -> Dictionary:
    return Dictionary(
        {
            "outputs": Dictionary(outcome.outputs),
            "outcome": outcome.status.value,
            "conclusion": conclusion.value,
        }
    )


def _count(session: JobSession, frame: Frame, conclusion: Status) -> None:
    """A failed step is the job's or the composite action's failure; a composite is cancelled with a step of its own,
    for good (actions/runner, TaskResultUtil).
    """
    if not frame.nested:
        if conclusion is Status.FAILURE:
            session.status = Status.FAILURE
    elif conclusion in {Status.FAILURE, Status.CANCELLED} and frame.status is not Status.CANCELLED:
        frame.status = conclusion
