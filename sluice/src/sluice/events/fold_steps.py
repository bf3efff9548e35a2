"""The part of the fold that is about steps, their logs, and the facts that they leave (annotations, artifacts ...)."""

from __future__ import annotations

from typing import Any, assert_never

from msgspec.structs import replace

from sluice.events.layered import Layered
from sluice.events.model import (
    ActionResolved,
    AnnotationCreated,
    ArtifactDownloaded,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    EffectRecorded,
    LogAppended,
    StepCompleted,
    StepStarted,
    SummaryWritten,
)
from sluice.events.state import JobState, RunState, StepState

_Fact = (
    AnnotationCreated
    | SummaryWritten
    | ArtifactUploaded
    | ArtifactDownloaded
    | CacheRestored
    | CacheSaved
    | ActionResolved
    | EffectRecorded
)

_FACT_FIELDS: dict[type[_Fact], str] = {
    AnnotationCreated: "annotations",
    SummaryWritten: "summaries",
    ArtifactUploaded: "artifacts",
    ArtifactDownloaded: "downloads",
    CacheRestored: "caches",
    CacheSaved: "caches",
    ActionResolved: "actions",
    EffectRecorded: "effects",
}


def fold_step(state: RunState, event: LogAppended | StepStarted | StepCompleted, time: float) -> RunState:
    """The state after a step began, wrote or ended."""
    job = job_of(state, event.job)
    jobs = state.jobs.copy()
    match event:
        case LogAppended():
            jobs[event.job] = _append_log(job, event)
        case StepStarted():
            jobs[event.job] = _start(job, event, time)
        case StepCompleted():
            jobs[event.job] = _complete(job, event, time)
        case _ as never:
            assert_never(never)
    return replace(state, jobs=jobs)


def fold_fact(state: RunState, event: _Fact) -> RunState:
    """The state after a job left a fact, or the run itself an effect."""
    if event.job is None:
        return replace(state, own_effects=(*state.own_effects, event))
    job = job_of(state, event.job)
    field = _FACT_FIELDS[type(event)]
    grown = replace(job, **{field: (*getattr(job, field), event)})
    return replace(state, jobs=state.jobs | {event.job: grown})


def job_of(state: RunState, key: str) -> JobState:
    """The job run with this key; one that was never announced is made up."""
    return state.jobs.get(key) or JobState(key=key, node=key, name=key)


def update_step(job: JobState, key: str, **changes: Any) -> JobState:  # noqa: ANN401  # fields of StepState, as replace takes them
    """The job run with other values in some fields of one step; a step that was never announced is made up."""
    steps = job.steps if isinstance(job.steps, Layered) else Layered(job.steps)
    changed = replace(steps.get(key) or StepState(key=key), **changes)
    return replace(job, steps=steps.with_value(key, changed))


def _append_log(job: JobState, event: LogAppended) -> JobState:
    step = job.steps.get(event.step) or StepState(key=event.step)
    return update_step(job, event.step, log=step.log.added(event.offset, event.length, event.lines))


def _start(job: JobState, event: StepStarted, time: float) -> JobState:
    started = update_step(
        job,
        event.step,
        id=event.id,
        name=event.name,
        phase=event.phase,
        parent=event.parent,
        background=event.background,
        status="in_progress",
        started=time,
    )
    return started if event.parent is None else _adopt(started, event.parent, event.step)


def _adopt(job: JobState, parent: str, child: str) -> JobState:
    known = job.steps[parent].children if parent in job.steps else ()
    return job if child in known else update_step(job, parent, children=(*known, child))


def _complete(job: JobState, event: StepCompleted, time: float) -> JobState:
    return update_step(
        job,
        event.step,
        status="completed",
        completed=time,
        outcome=event.outcome,
        conclusion=event.conclusion,
        exit_code=event.exit_code,
        reason=event.reason,
        outputs=event.outputs,
    )
