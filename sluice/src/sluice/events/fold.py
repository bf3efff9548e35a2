"""The fold: a state and the next record give the next state. Pure; the same records always give the same state.

A record that the state has seen already changes nothing, so a reader may start from an earlier cursor than its state.
An event about a job or a step that was never announced makes one up: a view must draw what there is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec.structs import replace

from sluice.events.fold_jobs import fold_graph, fold_job
from sluice.events.fold_steps import fold_fact, fold_step
from sluice.events.model import (
    ActionResolved,
    AnnotationCreated,
    ArtifactDownloaded,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    CancelRequested,
    ConditionEvaluated,
    EffectRecorded,
    JobCompleted,
    JobExpanded,
    JobsPlanned,
    JobStarted,
    JobWaiting,
    LogAppended,
    Record,
    ReviewGiven,
    ReviewRequested,
    RunCompleted,
    RunInterrupted,
    RunQueued,
    RunStarted,
    RunWaiting,
    StepCompleted,
    StepStarted,
    SummaryWritten,
)
from sluice.events.standing import concluded, in_standing
from sluice.events.state import JobState, RunState, StepState

_RunEvent = RunQueued | RunStarted | RunWaiting | CancelRequested | RunCompleted | RunInterrupted


def fold(state: RunState | None, record: Record) -> RunState:
    """The state after one more record; ``None`` is the state before the first."""
    if state is None:
        state = RunState(run=record.run)
    if record.seq <= state.seq:
        return state
    return replace(_apply(state, record), seq=record.seq, time=record.time)


def fold_all(records: Iterable[Record], state: RunState | None = None) -> RunState | None:
    """The state after all of them; ``None`` when there is none."""
    for record in records:
        state = fold(state, record)
    return state


def _apply(state: RunState, record: Record) -> RunState:
    match record.event:
        case LogAppended() | StepStarted() | StepCompleted() as event:
            return fold_step(state, event, record.time)
        case JobsPlanned() | JobExpanded() | ConditionEvaluated() as event:
            return fold_graph(state, event)
        case JobWaiting() | ReviewRequested() | ReviewGiven() | JobStarted() | JobCompleted() as event:
            return in_standing(fold_job(state, event, record.time), event.job)
        case RunQueued() | RunStarted() | RunWaiting() | CancelRequested() | RunCompleted() | RunInterrupted() as event:
            return _fold_run(state, event, record.time)
        case (
            AnnotationCreated()
            | SummaryWritten()
            | ArtifactUploaded()
            | ArtifactDownloaded()
            | CacheRestored()
            | CacheSaved()
            | ActionResolved()
            | EffectRecorded() as event
        ):
            return fold_fact(state, event)
        case _ as never:
            assert_never(never)


def _fold_run(state: RunState, event: _RunEvent, time: float) -> RunState:
    match event:
        case RunQueued():
            return fold_graph(replace(state, facts=event, created=time), JobsPlanned(parent="", jobs=event.jobs))
        case RunStarted():
            return replace(state, status="in_progress", waiting_for=None, started=time)
        case RunWaiting():
            return replace(state, status="pending", waiting_for=event.reason)
        case CancelRequested():
            return replace(state, cancels=(*state.cancels, event))
        case RunCompleted():
            return _complete(state, event, time)
        case RunInterrupted():
            return _interrupt(state, event.reason)
        case _ as never:
            assert_never(never)


def _end(state: RunState, conclusion: str, reason: str, time: float) -> RunState:
    return replace(state, status="completed", waiting_for=None, conclusion=conclusion, reason=reason, completed=time)


def _complete(state: RunState, event: RunCompleted, time: float) -> RunState:
    """A run that was ended at once had no time to end its jobs: they ended with it."""
    if event.conclusion == "cancelled":
        state = _abandon(state, event.reason or "cancelled", time)
    return _end(state, concluded(state, event.conclusion), event.reason, time)


def _interrupt(state: RunState, reason: str) -> RunState:
    """The engine was last alive at the record before this one: what was unfinished ended then."""
    return _end(_abandon(state, "interrupted", state.time), "interrupted", reason, state.time)


def _abandon(state: RunState, reason: str, time: float) -> RunState:
    return replace(state, jobs={key: _abandon_job(job, reason, time) for key, job in state.jobs.items()})


def _abandon_job(job: JobState, reason: str, time: float) -> JobState:
    if job.status == "completed":
        return job
    return replace(
        job,
        status="completed",
        waiting_for=None,
        completed=time,
        outcome="cancelled",
        conclusion="cancelled",
        reason=reason,
        steps={key: _abandon_step(step, reason, time) for key, step in job.steps.items()},
    )


def _abandon_step(step: StepState, reason: str, time: float) -> StepState:
    if step.status == "completed":
        return step
    result = "cancelled" if step.status == "in_progress" else "skipped"
    return replace(step, status="completed", completed=time, outcome=result, conclusion=result, reason=reason)
