"""The part of the fold that is about the graph and its job runs: what is planned, expanded, waiting, running, done."""

from __future__ import annotations

from typing import Any, assert_never

from msgspec.structs import replace

from sluice.events.fold_steps import job_of, update_step
from sluice.events.model import (
    ConditionEvaluated,
    ExpandedJob,
    JobCompleted,
    JobExpanded,
    JobsPlanned,
    JobStarted,
    JobWaiting,
    PlannedJob,
    PlannedStep,
    Result,
    ReviewGiven,
    ReviewRequested,
)
from sluice.events.state import JobState, NodeState, ReviewState, RunState, StepState

_WORST_FIRST: tuple[Result, ...] = ("failure", "cancelled", "success", "skipped")


def fold_graph(state: RunState, event: JobsPlanned | JobExpanded | ConditionEvaluated) -> RunState:
    """The state after the graph grew, or a condition about a part of it was decided."""
    match event:
        case JobsPlanned():
            return _plan(state, event)
        case JobExpanded():
            return _expand(state, event)
        case ConditionEvaluated():
            return _decide(state, event)
        case _ as never:
            assert_never(never)


def fold_job(
    state: RunState, event: JobWaiting | ReviewRequested | ReviewGiven | JobStarted | JobCompleted, time: float
) -> RunState:
    """The state after a job run took one step of its life."""
    match event:
        case JobWaiting():
            return update_job(
                state,
                event.job,
                status="waiting",
                waiting_for=event.reason,
                waiting_detail=event.detail,
                waiting_since=time,
            )
        case ReviewRequested():
            return _ask(state, event, time)
        case ReviewGiven():
            return _answer(state, event, time)
        case JobStarted():
            return _start(state, event, time)
        case JobCompleted():
            return _complete(state, event, time)
        case _ as never:
            assert_never(never)


def update_job(state: RunState, key: str, **changes: Any) -> RunState:  # noqa: ANN401  # fields of JobState, as replace takes them
    """The state with other values in some fields of one job run."""
    jobs = state.jobs.copy()
    jobs[key] = replace(job_of(state, key), **changes)
    return replace(state, jobs=jobs)


def _plan(state: RunState, event: JobsPlanned) -> RunState:
    parent = event.parent or None
    nodes = {planned.key: _node(planned, parent) for planned in event.jobs}
    jobs = {planned.key: JobState(key=planned.key, node=planned.key, name=planned.name) for planned in event.jobs}
    grown = replace(state, nodes=state.nodes | nodes, jobs=state.jobs | jobs)
    return update_job(grown, parent, nodes=tuple(nodes)) if parent else grown


def _node(planned: PlannedJob, parent: str | None) -> NodeState:
    return NodeState(
        key=planned.key,
        id=planned.id,
        name=planned.name,
        needs=planned.needs,
        uses=planned.uses,
        parent=parent,
        runs=(planned.key,),
    )


def _expand(state: RunState, event: JobExpanded) -> RunState:
    node = state.nodes.get(event.node) or NodeState(key=event.node, id=event.node, name=event.node)
    opened = replace(node, runs=tuple(run.key for run in event.runs))
    jobs = state.jobs.copy()
    placeholder = jobs.pop(event.node, None)
    for run in event.runs:
        jobs[run.key] = _expanded(run, event.node, placeholder)
    return replace(state, nodes=state.nodes | {event.node: opened}, jobs=jobs)


def _expanded(run: ExpandedJob, node: str, placeholder: JobState | None) -> JobState:
    if placeholder is not None and run.key == placeholder.key:
        return replace(placeholder, name=run.name, matrix=run.matrix)
    return JobState(key=run.key, node=node, name=run.name, matrix=run.matrix)


def _decide(state: RunState, event: ConditionEvaluated) -> RunState:
    if event.step is not None:
        step = job_of(state, event.job).steps.get(event.step) or StepState(key=event.step)
        job = update_step(job_of(state, event.job), event.step, conditions=(*step.conditions, event))
        return replace(state, jobs=state.jobs | {event.job: job})
    node = state.nodes.get(event.job)
    if node is not None:
        decided = replace(node, conditions=(*node.conditions, event))
        return replace(state, nodes=state.nodes | {node.key: decided})
    return update_job(state, event.job, conditions=(*job_of(state, event.job).conditions, event))


def _ask(state: RunState, event: ReviewRequested, time: float) -> RunState:
    asked = ReviewState(job=event.job, environment=event.environment, reviewers=event.reviewers, requested=time)
    job = job_of(state, event.job)
    return update_job(state, event.job, reviews=(*job.reviews, asked), **_held_back(job, time))


def _held_back(job: JobState, time: float) -> dict[str, Any]:
    if job.status not in {"pending", "waiting"}:
        return {}
    return {"status": "waiting", "waiting_for": "review", "waiting_detail": "", "waiting_since": time}


def _answer(state: RunState, event: ReviewGiven, time: float) -> RunState:
    reviews = list(job_of(state, event.job).reviews)
    open_ones = [place for place, found in enumerate(reviews) if _is_open(found, event.environment)]
    if not open_ones:
        open_ones = [len(reviews)]
        reviews.append(ReviewState(job=event.job, environment=event.environment))
    reviews[open_ones[0]] = replace(
        reviews[open_ones[0]],
        answered=time,
        approved=event.approved,
        reviewer=event.reviewer,
        comment=event.comment,
    )
    return update_job(state, event.job, reviews=tuple(reviews), **_let_go(job_of(state, event.job)))


def _let_go(job: JobState) -> dict[str, Any]:
    return {"status": "pending", "waiting_for": None} if job.waiting_for == "review" else {}


def _is_open(review: ReviewState, environment: str) -> bool:
    return review.approved is None and review.environment == environment


def _start(state: RunState, event: JobStarted, time: float) -> RunState:
    job = job_of(state, event.job)
    return update_job(
        state,
        event.job,
        status="in_progress",
        waiting_for=None,
        started=time,
        runner=event.runner,
        labels=event.labels,
        isolation=event.isolation,
        environment=event.environment,
        steps={planned.key: _planned_step(planned, job) for planned in event.steps} | dict(job.steps),
    )


def _planned_step(planned: PlannedStep, job: JobState) -> StepState:
    known = job.steps.get(planned.key)
    return known or StepState(key=planned.key, id=planned.id, name=planned.name)


def _complete(state: RunState, event: JobCompleted, time: float) -> RunState:
    if event.job not in state.jobs and event.job in state.nodes:
        # A node with legs that was decided as a whole: the legs keep their own results.
        return _conclude_node(state, event.job, event.outcome, event.conclusion)
    job = job_of(state, event.job)
    done = update_job(
        state,
        event.job,
        status="completed",
        waiting_for=None,
        completed=time,
        outcome=event.outcome,
        conclusion=event.conclusion,
        reason=event.reason,
        outputs=event.outputs,
        environment_url=event.environment_url,
        unavailable=event.unavailable,
        absent=event.absent,
    )
    return _settle_node(done, job.node)


def _settle_node(state: RunState, key: str) -> RunState:
    node = state.nodes.get(key)
    if node is None:
        return state
    runs = [state.jobs[run] for run in node.runs if run in state.jobs]
    if any(run.conclusion is None or run.outcome is None for run in runs):
        return state
    outcome, conclusion = _worst([run.outcome for run in runs]), _worst([run.conclusion for run in runs])
    if conclusion == "success" and any(run.unavailable for run in runs):
        conclusion = "skipped"  # what could not be checked is not passed
    return _conclude_node(state, key, outcome, conclusion)


def _conclude_node(state: RunState, key: str, outcome: Result, conclusion: Result) -> RunState:
    concluded = replace(state.nodes[key], outcome=outcome, conclusion=conclusion)
    return replace(state, nodes=state.nodes | {key: concluded})


def _worst(results: list[Result | None]) -> Result:
    return next((result for result in _WORST_FIRST if result in results), "skipped")
