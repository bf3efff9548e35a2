"""Failed runs, one finding for each job and cause; jobs that fail and pass on the same commit.

Each run of a tree with uncommitted changes is of a commit of its own, and so tells nothing of flakiness.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.events.state import RunState
from sluice.store.projection import job_label
from sluice.views.failures import Failure, failures
from sluice.views.wording import count, duration

Place = tuple[str, str]
NO_RUNS = "no run of this repository since then is kept here"


def look_at_failures(scene: Scene) -> Section:
    """Each cause with how often, the last run, and how to see and repeat it."""
    if not scene.states:
        return Section(unseen=(NO_RUNS,))
    grouped: defaultdict[tuple[str, str, str], list[tuple[RunState, Failure]]] = defaultdict(list)
    for state in scene.states:
        for failure in failures(state):
            grouped[_workflow(state), failure.place, failure.why].append((state, failure))
    failed = sum(state.conclusion in {"failure", "interrupted"} for state in scene.states)
    return Section(
        findings=(*(_finding(*key, cases) for key, cases in _most_first(grouped)), *_interrupted(scene.states)),
        facts=(f"{count(len(scene.states), 'run')}, {failed} failed",),
    )


def look_at_flaky(scene: Scene) -> Section:
    """Jobs that came out differently on one commit."""
    if not scene.states:
        return Section(unseen=(NO_RUNS,))
    return Section(
        findings=tuple(_flaky(scene.states)),
        facts=(f"{count(len({state.facts.sha for state in scene.states if state.facts}), 'commit')} were run",),
    )


def _most_first(
    grouped: dict[tuple[str, str, str], list[tuple[RunState, Failure]]],
) -> list[tuple[tuple[str, str, str], list[tuple[RunState, Failure]]]]:
    return sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))


def _finding(workflow: str, place: str, why: str, cases: Sequence[tuple[RunState, Failure]]) -> Finding:
    state, failure = cases[-1]
    run, job = shlex.quote(state.run), shlex.quote(failure.job.key)
    return Finding(
        text=f"{workflow}: {place} failed {count(len(cases), 'time')}{f', {why}' if why else ''}; last in {state.run}",
        commands=(f"sluice logs {run} {job}", f"sluice explain {run} {job}", f"sluice rerun {run} --failed"),
    )


def _interrupted(states: Sequence[RunState]) -> Iterator[Finding]:
    for state in states:
        if state.interrupted:
            yield Finding(
                text=f"{_workflow(state)}: {state.run} was interrupted, {state.reason}",
                commands=(f"sluice show {state.run}", f"sluice rerun {state.run}"),
            )


def _flaky(states: Sequence[RunState]) -> Iterator[Finding]:
    ends: defaultdict[tuple[str, str, str], list[tuple[str, str, float]]] = defaultdict(list)
    for state in states:
        for job in state.jobs.values():
            if job.outcome in {"success", "failure"} and not job.nodes and not job.unavailable and state.facts:
                key = (state.facts.sha, _workflow(state), job_label(job.key, job.name))
                ends[key].append((state.run, job.outcome, (job.completed or 0) - (job.started or 0)))
    for (sha, workflow, name), cases in ends.items():
        failed = [case for case in cases if case[1] == "failure"]
        if failed and len(failed) < len(cases):
            lost = duration(sum(case[2] for case in failed))
            yield Finding(
                text=f"{workflow}: {name} failed {len(failed)} of {len(cases)} times on {sha[:7]}, {lost} lost",
                commands=(f"sluice logs {failed[-1][0]} {shlex.quote(name)}",),
            )


def _workflow(state: RunState) -> str:
    return (state.facts.workflow_name or state.facts.workflow_file) if state.facts else state.run
