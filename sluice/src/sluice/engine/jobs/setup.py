"""What happens before a job's first step: its ``env`` is evaluated and every action it names is found."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.engine.jobs.scopes import step_scope
from sluice.engine.jobs.session import Frame, JobSession
from sluice.engine.steps.recorder import StepRecorder
from sluice.events.model import ActionResolved
from sluice.source.errors import SluiceError
from sluice.workflow.evaluation import evaluate_mapping
from sluice.workflow.model import ActionStep, ActionUsing, Step
from sluice.workflow.tokens import Token

DEBUG_MODE = "CI_DEBUG"


async def prepare_job(session: JobSession, recorder: StepRecorder, workflow_environment: Token | None) -> str | None:
    """Make the session ready; returns what stands in the way, ``None`` when nothing does."""
    try:
        _evaluate_environment(session, workflow_environment)
        _heed_debug_mode(session)
        _describe(session, recorder)
        for uses in _remote_actions(session.job.steps):
            await _resolve(session, recorder, uses)
    except SluiceError as error:
        return error.in_full
    return None


def _evaluate_environment(session: JobSession, workflow_environment: Token | None) -> None:
    """Workflow ``env`` first, so that the job's may not see it as ``env`` (GitHub evaluates them apart)."""
    for token in (workflow_environment, session.job.env):
        if token is not None:
            session.variables.env |= evaluate_mapping(token, step_scope(session, Frame()))


def _heed_debug_mode(session: JobSession) -> None:
    """``ACTIONS_STEP_DEBUG`` of the run, or ``CI_DEBUG: true`` in the ``env`` of the workflow or the job."""
    if session.tools.debug or session.variables.env.get(DEBUG_MODE, "").lower() == "true":
        session.switch_on_debug()


def _describe(session: JobSession, recorder: StepRecorder) -> None:
    recorder.write(f"Runner: {session.context_text('runner', 'name')}")
    recorder.write(f"Isolation: {', '.join(session.workspace.isolation) or 'none'}")
    recorder.write(f"Workspace: {session.workspace.paths.workspace}")
    if session.job.snapshot is not None:
        recorder.annotate("notice", "'snapshot' has no effect here: no image is made of a job.")


def _remote_actions(steps: tuple[Step, ...]) -> Iterator[str]:
    """Each action once; a local one is read when its step runs, after the checkout."""
    seen: set[str] = set()
    for step in steps:
        if isinstance(step, ActionStep) and not step.uses.value.startswith("./") and step.uses.value not in seen:
            seen.add(step.uses.value)
            yield step.uses.value


async def _resolve(session: JobSession, recorder: StepRecorder, uses: str) -> None:
    """Find an action and, when it is a composite, what it uses in turn."""
    if uses in session.resolved:
        return
    action = await session.tools.resolver.resolve(uses, None)
    session.resolved[uses] = action
    session.emit(ActionResolved(job=session.key, reference=uses, source=action.source, commit=action.commit))
    recorder.write(f"Action '{uses}' ({action.source}{f', {action.commit}' if action.commit else ''})")
    if action.manifest.using is ActionUsing.DOCKER and action.builtin is None:
        from sluice.engine.steps.actions.container import prepare_image

        await prepare_image(session, action, recorder.write)
    for nested in _remote_actions(action.manifest.steps):
        await _resolve(session, recorder, nested)
