"""From a step of the file to its life: which body performs it, under which key and name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from sluice.engine.jobs.session import Frame, JobSession
from sluice.engine.steps.actions.running import run_action
from sluice.engine.steps.lifecycle import Body, StepPlan, perform
from sluice.engine.steps.parallel import cancel_background, start_background, wait_for
from sluice.engine.steps.script import run_script
from sluice.expressions.traversal import contexts_in
from sluice.expressions.values import Value
from sluice.workflow.evaluation import EvaluationError, Scope, evaluate_text
from sluice.workflow.model import ActionStep, CancelStep, RunStep, Step, WaitStep
from sluice.workflow.sites import expression_tokens
from sluice.workflow.tokens import written_text

_KNOWN_AT_START = frozenset({"github", "inputs", "matrix", "needs", "strategy", "vars"})
"""What is told of a job before it starts, so that it may stand in the name of a step that never does."""


async def perform_steps(session: JobSession, frame: Frame, steps: tuple[Step, ...]) -> None:
    """The steps in order. Each decides for itself whether it runs: a failure or a cancellation skips none by force.
    Only a composite ends with a step that can't decide, whatever the others' ``if`` (actions/runner,
    CompositeActionHandler); a job goes on.
    """
    for number, step in enumerate(steps, start=1):
        plan = plan_step(step, f"{frame.prefix}{number}")
        if step.background:
            await start_background(session, frame, plan, body_of(step))
        else:
            ended = await perform(session, frame, plan, body_of(step))
            ended.apply()
            if ended.undecided and frame.nested:
                return


def plan_step(step: Step, key: str) -> StepPlan:
    """The governing part of a step of the file."""
    return StepPlan(
        key=key,
        id=step.id,
        name=lambda scope: step_name(step, scope),
        phase="main",
        condition=step.condition,
        environment=step.env,
        continue_on_error=step.continue_on_error,
        timeout_minutes=step.timeout_minutes,
        remembered=step.named_id,
        background=step.background,
    )


def body_of(step: Step) -> Body:
    """What the step does."""
    match step:
        case RunStep():
            return lambda run: run_script(run, step)
        case ActionStep():
            return lambda run: run_action(run, step, perform_steps)
        case WaitStep():
            return lambda run: wait_for(run, step.ids)
        case CancelStep():
            return lambda run: cancel_background(run, step.target)
        case _:
            assert_never(step)


def step_name(step: Step, scope: Scope) -> str:
    """The name as shown; without ``name`` it is made as GitHub does: ``Run`` and the first line of what runs, or the
    action. One that can't be evaluated stays as it is written.
    """
    try:
        if step.name is not None:
            return evaluate_text(step.name, scope)
        if isinstance(step, RunStep):
            return _run_name(evaluate_text(step.run, scope))
    except EvaluationError:
        pass
    return raw_step_name(step)


def planned_step_name(step: Step, contexts: Mapping[str, Value]) -> str:
    """The name as the job starts, which a step that never starts keeps. One that names what only a running job knows
    stays as it is written (actions/runner, JobExtension).
    """
    shown = step.name or (step.run if isinstance(step, RunStep) else None)
    if not all(contexts_in(token.expression) <= _KNOWN_AT_START for token in expression_tokens(shown)):
        return raw_step_name(step)
    return step_name(step, Scope(contexts={name: contexts[name] for name in _KNOWN_AT_START & contexts.keys()}))


def raw_step_name(step: Step) -> str:
    """The name as it is written."""
    if step.name is not None:
        return written_text(step.name)
    match step:
        case RunStep():
            return _run_name(written_text(step.run))
        case ActionStep():
            return f"Run {step.uses.value}"
        case WaitStep():
            return "Wait for background steps" if step.ids is None else f"Wait for {', '.join(step.ids)}"
        case CancelStep():
            return f"Cancel {step.target}"
        case _:
            assert_never(step)


def _run_name(script: str) -> str:
    return f"Run {next((line.strip() for line in script.splitlines() if line.strip()), '')}"
