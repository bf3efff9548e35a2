"""The figures of one finished run. In: its state. Out: how long, how well side by side, what its caches gave.

``efficiency`` is the longest chain of jobs that needed each other, by the time they took, as a part of the run's time:
1 when no job waited for anything but its needs. ``utilization`` is the jobs' time as a part of what the processors had.
Times are in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from sluice.events.model import CacheRestored
from sluice.events.state import JobState, RunState

_NAMELESS = re.compile(r"^(?:linux|macos|windows|x64|x86|arm64|ubuntu|debian|v?\d[\w.]*|[0-9a-f]{7,})$", re.IGNORECASE)


class JobFigures(Struct, frozen=True, kw_only=True):
    """One job run. ``queued`` is from the end of its needs to its start; both are ``None`` where it never started."""

    job: str
    conclusion: str
    seconds: float | None
    queued: float | None


class RunFigures(Struct, frozen=True, kw_only=True):
    """One run. ``caches`` are pairs of a cache's type and whether it was there."""

    run: str
    repository: str
    workflow: str
    ref: str
    conclusion: str
    completed: float
    seconds: float
    jobs: tuple[JobFigures, ...]
    caches: tuple[tuple[str, bool], ...]
    efficiency: float | None
    utilization: float | None


def figures_of(state: RunState, processors: int) -> RunFigures | None:
    """``None`` for a run that is not over, or of which nothing is known."""
    if state.facts is None or state.conclusion is None or state.completed is None or state.created is None:
        return None
    began = state.started or state.created
    jobs = [job for job in state.jobs.values() if not job.nodes]
    busy = [job for job in jobs if job.started is not None and job.completed is not None]
    spent = max(state.completed - began, 0.0)
    return RunFigures(
        run=state.run,
        repository=state.facts.repository,
        workflow=state.facts.workflow_name,
        ref=state.facts.ref,
        conclusion=state.conclusion,
        completed=state.completed,
        seconds=spent,
        jobs=tuple(_job(state, job, began) for job in jobs),
        caches=tuple(_caches(jobs)),
        efficiency=_part(critical_path(state), spent) if busy else None,
        utilization=_part(sum(map(_seconds, busy)), spent * processors) if busy else None,
    )


def critical_path(state: RunState) -> float:
    """Seconds of the longest chain of jobs that need each other, at the top level of the run."""
    ends: dict[str, float] = {}

    def end(key: str) -> float:
        if key not in ends:
            node = state.nodes[key]
            own = max((_seconds(job) for job in state.runs_of(key)), default=0.0)
            ends[key] = own + max((end(need) for need in node.needs if need in state.nodes), default=0.0)
        return ends[key]

    return max((end(node.key) for node in state.nodes_below()), default=0.0)


def cache_type(key: str) -> str:
    """The words of a key that say what is cached: without systems, versions and digests.

    >>> cache_type("Linux-pip-3.11-0a1b2c3d4e5f")
    'pip'
    """
    words = [word for word in key.split("-") if word and not _NAMELESS.match(word)]
    return "-".join(words) or "other"


def _job(state: RunState, job: JobState, began: float) -> JobFigures:
    started = job.started is not None and job.completed is not None
    return JobFigures(
        job=state.nodes[job.node].key if job.node in state.nodes else job.node,
        conclusion=job.conclusion or "cancelled",
        seconds=_seconds(job) if started else None,
        queued=_queued(state, job, began, state.jobs),
    )


def _queued(state: RunState, job: JobState, began: float, jobs: Mapping[str, JobState]) -> float | None:
    if job.started is None:
        return None
    needs = state.nodes[job.node].needs if job.node in state.nodes else ()
    ends = [jobs[key].completed or 0.0 for need in needs if need in state.nodes for key in state.nodes[need].runs]
    return max(0.0, job.started - max([began, *ends]))


def _caches(jobs: list[JobState]) -> Iterator[tuple[str, bool]]:
    for job in jobs:
        for one in job.caches:
            if isinstance(one, CacheRestored):
                yield cache_type(one.key), one.matched is not None


def _seconds(job: JobState) -> float:
    return job.completed - job.started if job.started is not None and job.completed is not None else 0.0


def _part(some: float, whole: float) -> float | None:
    return min(some / whole, 1.0) if whole > 0 else None
