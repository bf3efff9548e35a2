"""How a run as a whole stands: the one place that decides it, for the fold, the list of runs and every view.

GitHub's words (docs.github.com/rest/actions/workflow-runs): a run is ``waiting`` while a job of it waits for a review
or a timer of its environment, whatever its other jobs do, and ``pending`` while it waits for its concurrency group; one
whose jobs were all skipped has the conclusion ``skipped``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec.structs import replace

from sluice.events.model import Result
from sluice.events.state import JobState, RunConclusion, RunState, RunStatus

Standing: TypeAlias = RunConclusion | Literal["partly", "running", "waiting", "pending"]
PARTLY: Literal["partly"] = "partly"
"""Beside the conclusions: a run that passed as far as it could run here."""
_PROTECTION = {"review", "timer"}


def standing(status: RunStatus, conclusion: RunConclusion | None, *, unavailable: bool) -> Standing:
    """The one word for a run: its conclusion, ``partly``, or what it does. The arguments are a ``RunState``'s."""
    if conclusion == "success" and unavailable:
        return PARTLY
    if conclusion is not None:
        return conclusion
    match status:
        case "queued":
            return "pending"
        case "pending" | "waiting":
            return "waiting"
        case _:
            return "running"


def in_standing(state: RunState, changed: str) -> RunState:
    """The state with the status that its jobs give it, now that the job run with the key ``changed`` is another one.

    Before its start and after its end a run has a status of its own.
    """
    if state.status == "completed" or state.started is None:
        return state
    job = state.jobs.get(changed)
    waiting = job is not None and is_protected(job)
    if not waiting and state.status == "waiting":  # only then can another one be held back
        waiting = any(is_protected(other) for other in state.jobs.values())
    status: RunStatus = "waiting" if waiting else "in_progress"
    return state if status == state.status else replace(state, status=status)


def concluded(state: RunState, conclusion: Result) -> Result:
    """What a run that ended so concludes with: no success when no job ran."""
    jobs = [job for job in state.jobs.values() if not job.nodes]
    nothing_ran = bool(jobs) and all(job.conclusion == "skipped" for job in jobs)
    return "skipped" if conclusion == "success" and nothing_ran else conclusion


def is_protected(job: JobState) -> bool:
    """Whether a rule of its environment holds it back: what GitHub calls ``waiting``."""
    return job.status == "waiting" and job.waiting_for in _PROTECTION
