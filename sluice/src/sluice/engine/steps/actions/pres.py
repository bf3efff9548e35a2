"""Pre stages: performed in order before the job's first step (semantics 26).

Local actions have none: they are read when their step runs.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from sluice.actions.protocol import ResolvedAction
from sluice.engine.jobs.session import Frame, JobSession
from sluice.engine.steps.actions.composite import frame_of
from sluice.engine.steps.actions.inputs import evaluate_inputs
from sluice.engine.steps.actions.javascript import run_stage
from sluice.engine.steps.lifecycle import StepPlan, StepRun, perform
from sluice.engine.steps.outcome import StepOutcome
from sluice.workflow.model import ActionStep, ActionUsing, Step


async def perform_pres(session: JobSession, frame: Frame, steps: tuple[Step, ...]) -> None:
    """The pre stages of these steps' actions, and of the actions that a composite among them uses."""
    for number, step in enumerate(steps, start=1):
        action = _found(session, step)
        if isinstance(step, ActionStep) and action is not None and _has_pre(session, action):
            await _perform_pre(session, frame, step, action, f"{frame.prefix}{number}")


def _found(session: JobSession, step: Step) -> ResolvedAction | None:
    return session.resolved.get(step.uses.value) if isinstance(step, ActionStep) else None


def _has_pre(session: JobSession, action: ResolvedAction) -> bool:
    if action.builtin is not None:
        return False
    inner = (_found(session, step) for step in action.manifest.steps)
    return action.manifest.pre is not None or any(_has_pre(session, one) for one in inner if one is not None)


async def _perform_pre(session: JobSession, frame: Frame, step: ActionStep, action: ResolvedAction, key: str) -> None:
    async def stage(run: StepRun) -> StepOutcome:
        return await _stage(run, action, evaluate_inputs(run, step, action), key)

    plan = StepPlan(
        key=f"pre-{key}",
        id=step.id,
        name=lambda _: f"Pre {step.uses.value}",
        phase="pre",
        condition=action.manifest.pre_if,
        environment=step.env,
        continue_on_error=step.continue_on_error,
        timeout_minutes=step.timeout_minutes,
    )
    (await perform(session, frame, plan, stage)).apply()


async def _stage(run: StepRun, action: ResolvedAction, inputs: dict[str, str], key: str) -> StepOutcome:
    file = action.manifest.pre or ""
    match action.manifest.using:
        case ActionUsing.JAVASCRIPT:
            return await run_stage(run, action, inputs, file)
        case ActionUsing.DOCKER:
            from sluice.engine.steps.actions.container import run_container

            return await run_container(run, action, inputs, file)
        case ActionUsing.COMPOSITE:
            inner = replace(frame_of(run, action, inputs), prefix=f"{key}.")
            await perform_pres(run.session, inner, action.manifest.steps)
            return StepOutcome(status=inner.status)
        case _:
            assert_never(action.manifest.using)
