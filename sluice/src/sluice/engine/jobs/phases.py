"""The steps of the runner's own around a job's: "Set up job", "Initialize containers", "Complete job" and the like."""

from __future__ import annotations

from typing import Literal

from sluice.engine.jobs.session import JobSession
from sluice.engine.steps.recorder import StepRecorder
from sluice.events.model import Result, StepCompleted, StepStarted


def begin_phase(session: JobSession, key: str, name: str, phase: Literal["setup", "complete"]) -> StepRecorder:
    """Open one."""
    session.emit(StepStarted(job=session.key, step=key, id=key, name=name, phase=phase))
    return StepRecorder(session, key)


def end_phase(session: JobSession, recorder: StepRecorder, key: str, problem: str | None) -> None:
    """Close it; a problem is its failure, or what came of it when the job was cancelled meanwhile."""
    recorder.close()
    ended: Result = "cancelled" if session.interruption.requested else "failure"
    result: Result = "success" if problem is None else ended
    session.emit(StepCompleted(job=session.key, step=key, outcome=result, conclusion=result, reason=problem or ""))
