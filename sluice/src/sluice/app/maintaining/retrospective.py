"""A quarter looked back at: how often it was green, which jobs failed most, how much time that took."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sluice.app.maintaining.failures import NO_RUNS
from sluice.app.maintaining.scene import Scene
from sluice.app.maintaining.speed import success_rate
from sluice.delivery.maintenance.model import Finding, Section
from sluice.views.metrics.figures import RunFigures
from sluice.views.text.wording import count, duration

SHOWN = 5
"""Jobs that are named, those that failed most."""
OFTEN, LEAST_RUNS = 0.2, 5
"""A job that fails in this part of so many runs needs a person."""
FALLEN = 0.05
"""So does a part of passed runs that fell by this."""
Job = tuple[str, str]


def look_back(scene: Scene) -> Section:
    """Success against the quarter before, the jobs that failed most and what they cost."""
    if not scene.figures:
        return Section(unseen=(NO_RUNS,))
    ends = _ends(scene.figures)
    failing = sorted((job for job in ends if _lost(ends[job])), key=lambda job: (-len(_lost(ends[job])), job))
    rate, before = success_rate(scene.figures), success_rate(scene.figures_before)
    lost = sum(run.seconds for run in scene.figures if run.conclusion in {"failure", "interrupted"})
    said = f", {before:.0%} before" if before is not None else ""
    return Section(
        findings=(*_fewer(rate, before), *_often(ends, failing)),
        facts=(
            f"{count(len(scene.figures), 'run')}, {_share(rate)} passed{said}",
            f"{duration(lost) or '0s'} in runs that failed",
            *(_told(job, ends[job]) for job in failing[:SHOWN]),
        ),
    )


def _ends(figures: Iterable[RunFigures]) -> dict[Job, list[tuple[bool, float, str]]]:
    """For each job whether it failed, how long it took, in which run."""
    found: defaultdict[Job, list[tuple[bool, float, str]]] = defaultdict(list)
    for run in figures:
        for job in run.jobs:
            if job.conclusion in {"success", "failure"}:
                found[run.workflow, job.job].append((job.conclusion == "failure", job.seconds or 0.0, run.run))
    return dict(found)


def _lost(ends: Iterable[tuple[bool, float, str]]) -> list[tuple[bool, float, str]]:
    return [end for end in ends if end[0]]


def _share(rate: float | None) -> str:
    return "none has a verdict that" if rate is None else f"{rate:.0%}"


def _fewer(rate: float | None, before: float | None) -> Iterator[Finding]:
    if rate is not None and before is not None and before - rate > FALLEN:
        yield Finding(
            text=f"{rate:.0%} of the runs passed, {before:.0%} before", commands=("sluice list", "sluice metrics")
        )


def _often(ends: Mapping[Job, list[tuple[bool, float, str]]], failing: Iterable[Job]) -> Iterator[Finding]:
    for workflow, name in failing:
        every = ends[workflow, name]
        lost = _lost(every)
        if len(every) >= LEAST_RUNS and len(lost) / len(every) >= OFTEN:
            yield Finding(
                text=f"{workflow}: {name} failed in {len(lost)} of {len(every)} runs, {_time(lost)} lost",
                commands=(f"sluice logs {lost[-1][2]} {shlex.quote(name)}",),
            )


def _told(job: Job, ends: list[tuple[bool, float, str]]) -> str:
    lost = _lost(ends)
    return f"{job[0]}: {job[1]} failed in {len(lost)} of {count(len(ends), 'run')}, {_time(lost)} lost"


def _time(lost: Iterable[tuple[bool, float, str]]) -> str:
    return duration(sum(seconds for _, seconds, _ in lost)) or "0s"
