"""The step "Complete job": the job's outputs, and where its environment is to be found."""

from __future__ import annotations

from sluice.engine.jobs.phases import begin_phase, end_phase
from sluice.engine.jobs.scopes import step_scope
from sluice.engine.jobs.session import Frame, JobSession
from sluice.engine.jobs.status import Status
from sluice.engine.steps.recorder import StepRecorder
from sluice.plan.rules.environments import Environment, environment_url
from sluice.source.errors import SluiceError
from sluice.workflow.evaluation import evaluate_text


def complete_job(session: JobSession, environment: Environment | None) -> None:
    """Settle the session's outputs and address; what can't be evaluated fails the job."""
    recorder = begin_phase(session, "complete", "Complete job", "complete")
    problem: str | None = None
    try:
        session.outputs = _evaluate_outputs(session, recorder)
        session.environment_url = _evaluate_url(session, environment, recorder)
    except SluiceError as error:
        problem = str(error)
        recorder.annotate("error", problem)
        session.status = Status.FAILURE
    end_phase(session, recorder, "complete", problem)


def _evaluate_outputs(session: JobSession, recorder: StepRecorder) -> dict[str, str]:
    """The job's outputs; one that is empty or holds a secret is left out, as on GitHub."""
    if session.job.outputs is None:
        return {}
    scope = step_scope(session, Frame(steps=session.steps))
    outputs: dict[str, str] = {}
    for name, token in session.job.outputs.literal_items():
        value = evaluate_text(token, scope)
        if not value:
            recorder.debug(f"Skip output '{name.value}' since it's empty")
        elif session.masker.mask_text(value) != value:
            recorder.annotate("warning", f"Skip output '{name.value}' since it may contain secret.")
        else:
            outputs[name.value] = value
    return outputs


def _evaluate_url(session: JobSession, environment: Environment | None, recorder: StepRecorder) -> str | None:
    """Where the environment is to be found, now that the steps have said; masked like everything that is shown."""
    if environment is None:
        return None
    url = session.masker.mask_text(environment_url(environment, step_scope(session, Frame(steps=session.steps))))
    if url and not url.startswith(("http://", "https://")):
        recorder.annotate("warning", f"Environment URL '{url}' is not a valid http(s) URL, so it will not be shown.")
        return None
    return url or None
