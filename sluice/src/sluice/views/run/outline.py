"""The tree of a run as rows: jobs, legs, called workflows, steps. In: a run's state, the time, the history. Out: rows.

It decides what is worth a row and what a row says; it knows neither widths nor colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from sluice.events.state import JobState, NodeState, RunState, StepState
from sluice.views.run.history import NO_HISTORY, History
from sluice.views.run.phrases import count_states, skip_phrase, wait_phrase
from sluice.views.text.lines import label

MANY_LEGS = 12
_SHOWN_OF_MANY = {"failure": 3, "running": 4}
_STEPS_SHOWN = 12
_WEIGHTS = {"failure": 0, "running": 1, "waiting": 2, "tolerated": 3, "cancelled": 3, "pending": 5, "success": 6}
_RUNNING_JOBS_WITH_STEPS = 2


class Row(Struct, frozen=True, kw_only=True):
    """A row of the tree. ``state`` is a result, ``tolerated``, ``running``, ``waiting`` or ``pending``.

    ``seconds`` is how long it took or has taken so far, ``expected`` how long it should take, while it runs.
    ``weight`` says what goes first when room is scarce: the larger the sooner.
    """

    key: str
    depth: int
    state: str
    name: str
    note: str = ""
    seconds: float | None = None
    expected: float | None = None
    weight: int = 9


def outline(state: RunState, now: float, history: History = NO_HISTORY, *, steps: bool = False) -> list[Row]:
    """Every row, callers and matrices before what is in them. ``steps`` opens the jobs that run, while they are few."""
    running = sum(job.status == "in_progress" for job in state.jobs.values())
    drawing = _Drawing(state, now, history, steps and running <= _RUNNING_JOBS_WITH_STEPS)
    return drawing.level(None, 0)


def job_state(state: RunState, job: JobState) -> str:
    """What a job run is doing, or how it ended; a caller does what the jobs below it do."""
    if job.status == "completed":
        tolerated = job.outcome == "failure" and job.conclusion == "success"
        return "tolerated" if tolerated else job.conclusion or "success"
    if job.status == "pending" and job.nodes:
        return _state_of_many([job_state(state, child) for child in _below(state, job)])
    return "running" if job.status == "in_progress" else job.status


def job_span(state: RunState, job: JobState) -> tuple[float | None, float | None]:
    """When a job run started and ended; a caller starts with the first job below it."""
    started = job.started
    if started is None and job.nodes:
        starts = [job_span(state, child)[0] for child in _below(state, job)]
        started = min((start for start in starts if start is not None), default=None)
    return started, job.completed if started is not None else None


def job_seconds(state: RunState, job: JobState, now: float) -> float | None:
    """How long a job run took, or has taken so far; ``None`` if it never started."""
    started, completed = job_span(state, job)
    return None if started is None else (completed if completed is not None else now) - started


def leg_name(node: NodeState, job: JobState) -> str:
    """``ubuntu, 3.11`` for the leg ``test (ubuntu, 3.11)`` of ``test``."""
    name, prefix = label(job.name), label(node.name)
    rest = name.removeprefix(prefix).strip()
    return rest[1:-1] if name != rest and rest.startswith("(") and rest.endswith(")") else name


def own_name(state: RunState, node: NodeState, name: str) -> str:
    """``build`` for the job ``release / build`` that ``release`` calls; a slash in a name of its own stays."""
    caller = state.jobs.get(node.parent) if node.parent else None
    return label(name).removeprefix(f"{label(caller.name)} / ") if caller else label(name)


def failed_step(job: JobState) -> StepState | None:
    """The first step that failed its job: the innermost one of a composite."""
    for step in job.top_steps():
        if step.conclusion == "failure":
            return _innermost(job, step)
    return None


def _innermost(job: JobState, step: StepState) -> StepState:
    for child in job.child_steps(step.key):
        if child.conclusion == "failure":
            return _innermost(job, child)
    return step


def _below(state: RunState, job: JobState) -> Iterator[JobState]:
    for node in state.nodes_below(job.key):
        yield from state.runs_of(node.key)


def _state_of_many(states: list[str]) -> str:
    """One word for several jobs: still running as long as one is, then the worst result."""
    counted = Counter(states)
    unfinished = counted["pending"] + counted["waiting"] + counted["running"]
    if counted["running"] or (unfinished and unfinished < len(states)):
        return "running"
    order = ("waiting", "pending", "failure", "cancelled", "tolerated", "success", "skipped")
    return next((found for found in order if counted[found]), "pending")


class _Drawing(Struct, frozen=True):
    state: RunState
    now: float
    history: History
    steps: bool

    def level(self, parent: str | None, depth: int) -> list[Row]:
        rows: list[Row] = []
        for node in self.state.nodes_below(parent):
            rows += self.matrix(node, depth) if len(node.runs) > 1 else self.single(node, depth)
        return rows

    def single(self, node: NodeState, depth: int) -> list[Row]:
        rows: list[Row] = []
        for job in self.state.runs_of(node.key):
            rows += self.job(node, job, own_name(self.state, node, job.name), depth)
        return rows

    def matrix(self, node: NodeState, depth: int) -> list[Row]:
        legs = self.state.runs_of(node.key)
        states = [job_state(self.state, leg) for leg in legs]
        shown = legs if len(legs) <= MANY_LEGS else self.interesting(legs, states)
        rows = [row for leg in shown for row in self.job(node, leg, leg_name(node, leg), depth + 1)]
        return [self.group(node, legs, states, depth), *rows]

    def interesting(self, legs: list[JobState], states: list[str]) -> list[JobState]:
        """Of very many legs, those that failed and those that run, a few of each."""
        shown: list[JobState] = []
        room = dict(_SHOWN_OF_MANY)
        for leg, found in zip(legs, states, strict=True):
            if room.get(found, 0) > 0:
                room[found] -= 1
                shown.append(leg)
        return shown

    def group(self, node: NodeState, legs: list[JobState], states: list[str], depth: int) -> Row:
        found = _state_of_many(states)
        if found in {"success", "tolerated"} and any(leg.unavailable for leg in legs):
            found = "skipped"  # what could not be checked is not passed
        spans = [job_span(self.state, leg) for leg in legs]
        starts = [start for start, _ in spans if start is not None]
        ends = [end for _, end in spans if end is not None]
        over = all(leg.status == "completed" for leg in legs)
        same = len(set(states)) == 1
        return Row(
            key=node.key,
            depth=depth,
            state=found,
            name=own_name(self.state, node, node.name),
            note=f"{len(legs)} legs" if same else f"{len(legs)} legs: {count_states(states)}",
            seconds=(max(ends, default=self.now) if over else self.now) - min(starts) if starts else None,
            weight=min(_weight(state) for state in states),
        )

    def job(self, node: NodeState, job: JobState, name: str, depth: int) -> list[Row]:
        found = job_state(self.state, job)
        below = self.level(job.key, depth + 1) if job.nodes else []
        row = Row(
            key=job.key,
            depth=depth,
            state=found,
            name=name,
            note=_note(self.state, node, job, found),
            seconds=job_seconds(self.state, job, self.now),
            expected=self.history.of(job) if found == "running" else None,
            weight=min([_weight(found), *(child.weight for child in below)]),
        )
        return [row, *below, *(self.step_rows(job, depth + 1) if self.steps and found == "running" else [])]

    def step_rows(self, job: JobState, depth: int) -> list[Row]:
        steps = job.top_steps()
        rows = [self.step(step, depth) for step in steps if step.phase in {"main", "pre", "post"}]
        return rows if len(rows) <= _STEPS_SHOWN else [row for row in rows if row.state != "pending"][-_STEPS_SHOWN:]

    def step(self, step: StepState, depth: int) -> Row:
        return replace(step_row(step, self.now), depth=depth)


def step_row(step: StepState, now: float) -> Row:
    """A step as a row, least of all rows when room is scarce."""
    ended = step.completed if step.completed is not None else now
    return Row(
        key=step.key,
        depth=0,
        state=step_state(step),
        name=label(step.name or step.id or step.key),
        note=label(step.reason) if step.conclusion in {"skipped", "cancelled"} else "",
        seconds=ended - step.started if step.started is not None else None,
    )


def step_state(step: StepState) -> str:
    """What a step is doing, or how it ended."""
    if step.status == "completed":
        tolerated = step.outcome == "failure" and step.conclusion == "success"
        return "tolerated" if tolerated else step.conclusion or "success"
    return "running" if step.status == "in_progress" else step.status


def current_step(job: JobState) -> str:
    """``Build › Compile``, or with steps in the background ``Serve and 2 more``."""
    running = job.running_steps()
    if not running:
        return ""
    tops = [step for step in running if step.parent is None]
    first = next((step for step in tops if not step.background), tops[0] if tops else running[0])
    names = [label(first.name or first.key)]
    names += [label(step.name or step.key) for step in running if step.parent == first.key][-1:]
    return " › ".join(names) + (f" and {len(tops) - 1} more" if len(tops) > 1 else "")


def _note(state: RunState, node: NodeState, job: JobState, found: str) -> str:
    match found:
        case "running":
            return current_step(job)
        case "waiting":
            return wait_phrase(job)
        case "pending":
            return _pending_phrase(state, node)
        case "failure" | "tolerated":
            return _failure_phrase(job, found)
        case "cancelled" | "skipped":
            return skip_phrase(state, job)
    return ""


def _failure_phrase(job: JobState, found: str) -> str:
    step = failed_step(job)
    place = label(step.name or step.key) if step else label(job.reason)
    return place if found == "failure" else f"{place or 'failed'}, and continue-on-error lets it"


def _pending_phrase(state: RunState, node: NodeState) -> str:
    open_needs = [need for need in node.needs if need in state.nodes and state.nodes[need].conclusion is None]
    return f"needs {', '.join(label(state.nodes[need].id) for need in open_needs)}" if open_needs else ""


def _weight(state: str) -> int:
    return _WEIGHTS.get(state, 7)


def choose_rows(rows: list[Row], room: int) -> tuple[list[Row], list[Row]]:
    """The rows that fit, in their order, and those that don't: the least important ones go first."""
    if len(rows) <= room:
        return rows, []
    ranked = sorted(range(len(rows)), key=lambda place: (rows[place].weight, place))
    kept = set(ranked[: max(0, room)])
    return (
        [row for place, row in enumerate(rows) if place in kept],
        [row for place, row in enumerate(rows) if place not in kept],
    )
