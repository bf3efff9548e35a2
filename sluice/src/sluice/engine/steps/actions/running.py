"""The body of a ``uses`` step: finds the action, works out its inputs, and hands over to its kind."""

from __future__ import annotations

from typing import assert_never

from sluice.actions.protocol import ResolvedAction
from sluice.actions.resolve import DEEPEST_NESTING
from sluice.engine.steps.actions.builtin import run_builtin
from sluice.engine.steps.actions.composite import PerformSteps, run_composite
from sluice.engine.steps.actions.inputs import evaluate_inputs
from sluice.engine.steps.actions.javascript import run_javascript
from sluice.engine.steps.lifecycle import StepRun
from sluice.engine.steps.outcome import StepOutcome
from sluice.events.model import ActionResolved
from sluice.source.errors import UnavailableError
from sluice.workflow.model import ActionStep, ActionUsing


async def run_action(run: StepRun, step: ActionStep, perform_steps: PerformSteps) -> StepOutcome:
    """Perform an action's main stage; its post stage is put on the job's stack when it starts. ``perform_steps`` is for
    those of a composite.
    """
    action = await find_action(run, step.uses.value)
    inputs = evaluate_inputs(run, step, action)
    _show(run, step.uses.value, inputs)

    def later(post: StepRun) -> dict[str, str]:
        return evaluate_inputs(post, step, action)

    if action.builtin is not None:
        return await run_builtin(run, action, inputs, later)
    match action.manifest.using:
        case ActionUsing.JAVASCRIPT:
            return await run_javascript(run, action, inputs, later)
        case ActionUsing.COMPOSITE:
            if run.frame.depth >= DEEPEST_NESTING:
                raise UnavailableError(f"Composite actions are nested more than {DEEPEST_NESTING} deep")
            return await run_composite(run, action, inputs, perform_steps)
        case ActionUsing.DOCKER:
            from sluice.engine.steps.actions.container import run_container_action

            return await run_container_action(run, action, inputs, later)
        case _:
            assert_never(action.manifest.using)


async def find_action(run: StepRun, uses: str) -> ResolvedAction:
    """The action as it was resolved before the job started; a local one is read now, from the workspace."""
    session = run.session
    known = session.resolved.get(uses)
    if known is not None:
        return known
    action = await session.tools.resolver.resolve(uses, session.workspace.paths.workspace)
    if action.manifest.pre is not None:
        run.recorder.annotate("warning", f"`pre` execution is not supported for local action from '{uses}'")
    session.emit(ActionResolved(job=session.key, reference=uses, source=action.source, commit=action.commit))
    return action


def _show(run: StepRun, uses: str, inputs: dict[str, str]) -> None:
    shown = [f"  {name}: {value}" for name, value in inputs.items() if value]
    run.recorder.group(f"Run {uses}", ["with:", *shown] if shown else [])
