"""Failed runs, one finding for each job and cause."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.events.state import RunState
from sluice.views.run.failures import Failure, failures
from sluice.views.text.wording import count

NO_RUNS = "no run of this repository since then is kept here"


def look_at_failures(scene: Scene) -> Section:
    """Each cause with how often, the last run, and how to see and repeat it."""
    if not scene.states:
        return Section(unseen=(NO_RUNS,))
    grouped: defaultdict[tuple[str, str, str], list[tuple[RunState, Failure]]] = defaultdict(list)
    for state in scene.states:
        for failure in failures(state):
            grouped[workflow_of(state), failure.place, failure.why].append((state, failure))
    failed = sum(state.conclusion in {"failure", "interrupted"} for state in scene.states)
    return Section(
        findings=(*(_finding(*key, cases) for key, cases in _most_first(grouped)), *_interrupted(scene.states)),
        facts=(f"{count(len(scene.states), 'run')}, {failed} failed",),
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
                text=f"{workflow_of(state)}: {state.run} was interrupted, {state.reason}",
                commands=(f"sluice show {state.run}", f"sluice rerun {state.run}"),
            )


def workflow_of(state: RunState) -> str:
    """What the run's workflow is called."""
    return (state.facts.workflow_name or state.facts.workflow_file) if state.facts else state.run
