"""The contexts and functions that a step's expressions see. In: a session and a frame. Out: a ``Scope``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sluice.actions.globbing import hash_files
from sluice.engine.jobs.session import Frame, JobSession
from sluice.engine.jobs.status import StatusFunctions, status_functions
from sluice.expressions.conversion import to_text
from sluice.expressions.errors import ExpressionError
from sluice.expressions.values import CaseSensitiveDictionary, Value, extended
from sluice.workflow.evaluation import Scope


def step_scope(
    session: JobSession, frame: Frame, step_environment: Mapping[str, str] | None = None, *, action: str = ""
) -> Scope:
    """Everything that a step may name (docs.github.com: contexts availability). ``action`` is the step's id; within a
    composite action ``github.action`` stays that of the job's step (actions/runner, StepsRunner).
    """
    environment = layered_environment(session, frame, step_environment)
    contexts = dict(session.contexts)
    contexts["env"] = CaseSensitiveDictionary(environment)
    contexts["steps"] = frame.steps
    contexts["job"] = extended(session.contexts.get("job"), {"status": session.standing.value})
    if frame.inputs is not None:
        contexts["inputs"] = frame.inputs
    status: Mapping[str, Value] = {"action_status": frame.status.value} if frame.nested else {}
    contexts["github"] = extended(contexts["github"], {**frame.github, **status, "action": frame.action or action})
    return Scope(contexts=contexts, functions={**_statuses(session, frame), "hashFiles": _hash_function(session)})


def layered_environment(
    session: JobSession, frame: Frame, step_environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The ``env`` context: workflow and job, GITHUB_ENV, composite, step; later ones win (semantics 23)."""
    return {**session.variables.env, **session.variables.exported, **frame.environment, **(step_environment or {})}


def _statuses(session: JobSession, frame: Frame) -> StatusFunctions:
    standing = session.standing
    return status_functions(frame.status if frame.nested else standing, standing)


def _hash_function(session: JobSession) -> Callable[[Sequence[Value]], Value]:
    def hash_function(arguments: Sequence[Value]) -> Value:
        workspace = session.workspace
        patterns = [workspace.to_host(to_text(argument)) for argument in arguments]
        try:
            return hash_files(patterns, workspace.paths.workspace)
        except OSError as error:
            place = workspace.to_job(error.filename) if isinstance(error.filename, str) else "a file"
            raise ExpressionError("evaluation", f"hashFiles can't read {place}: {error.strerror}") from error

    return hash_function
