"""The body of a composite action: its steps in a frame of their own, then its outputs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sluice.actions.protocol import ResolvedAction
from sluice.actions.repositories import OF_THE_REPOSITORY
from sluice.actions.resolve import IMAGE_ACTION
from sluice.engine.jobs.scopes import step_scope
from sluice.engine.jobs.session import Frame, JobSession
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.outcome import StepOutcome
from sluice.expressions.values import Dictionary
from sluice.workflow.evaluation import evaluate_text
from sluice.workflow.model import Step

PerformSteps: TypeAlias = Callable[[JobSession, Frame, tuple[Step, ...]], Awaitable[None]]
"""What performs the steps of a job: those of a composite are performed likewise."""


async def run_composite(
    run: StepRun, action: ResolvedAction, inputs: dict[str, str], perform_steps: PerformSteps
) -> StepOutcome:
    """Perform the inner steps; the composite fails when one of them did."""
    frame = frame_of(run, action, inputs)
    await perform_steps(run.session, frame, action.manifest.steps)
    return StepOutcome(status=frame.status, outputs=_outputs(run, frame, action))


def frame_of(run: StepRun, action: ResolvedAction, inputs: dict[str, str]) -> Frame:
    """What the steps of a composite see."""
    return Frame(
        nested=True,
        prefix=f"{run.plan.key}.",
        parent=run.plan.key,
        inputs=Dictionary(inputs),
        github={"action_path": run.session.workspace.to_job(str(action.path)), **action_facts(action)},
        environment={**run.frame.environment, **run.environment},
        interruption=run.interruption,
        action=run.frame.action or run.plan.id,
        depth=run.frame.depth + 1,
    )


def action_facts(action: ResolvedAction) -> dict[str, str]:
    """``github.action_repository`` and ``github.action_ref``: empty for local actions and images."""
    if action.reference.startswith((*OF_THE_REPOSITORY, IMAGE_ACTION)):
        return {"action_repository": "", "action_ref": ""}
    place, _, ref = action.reference.partition("@")
    return {"action_repository": "/".join(place.split("/")[:2]), "action_ref": ref}


def _outputs(run: StepRun, frame: Frame, action: ResolvedAction) -> dict[str, str]:
    scope = step_scope(run.session, frame, action=run.plan.id)
    return {name: evaluate_text(token, scope) for name, token in action.manifest.outputs.items() if token is not None}
