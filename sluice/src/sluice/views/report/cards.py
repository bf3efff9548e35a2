"""Job runs and steps as a report shows them. In: a run's state and ways to read its logs. Out: cards, of safe text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct, field

from sluice.events.model import ConditionEvaluated
from sluice.events.state import JobState, RunState, StepState
from sluice.views.report.anchors import job_anchor, step_anchor
from sluice.views.report.log_html import Cap, log_html
from sluice.views.run.logs import ReadLog
from sluice.views.run.outline import job_seconds, job_state, step_state
from sluice.views.run.phrases import is_default, skip_phrase, wait_phrase
from sluice.views.text.lines import label
from sluice.views.text.wording import count, duration

ReadSummary = Callable[[str], str]
"""Path relative to the run's folder -> the summary's text."""


class Fact(Struct, frozen=True):
    """A name and its value."""

    name: str
    value: str


class Inputs(Struct, frozen=True):
    """What a report is made of besides the state. ``environment`` are facts about the machine, to be listed;
    ``measures`` is where the page of measures lies, relative to the report, where there is one.
    """

    read_log: ReadLog
    read_summary: ReadSummary
    environment: Mapping[str, str]
    cap: Cap = field(default_factory=Cap)
    measures: str = ""


class StepCard(Struct, frozen=True, kw_only=True):
    """A step as the report shows it; ``log`` is produced while the page is written.

    ``source`` is where a page that is served gets the log anew, nothing in a report.
    """

    anchor: str
    state: str
    name: str
    time: str
    note: str
    depth: int
    opened: bool
    lines: int
    conditions: tuple[ConditionEvaluated, ...]
    log: Callable[[], Iterator[Markup]]
    source: str = ""

    @property
    def bare(self) -> bool:
        """Whether there is nothing to unfold."""
        return not self.lines and not self.conditions


class JobCard(Struct, frozen=True, kw_only=True):
    """A job run as the report shows it."""

    anchor: str
    key: str
    node: str
    state: str
    name: str
    time: str
    note: str
    depth: int
    opened: bool
    facts: tuple[Fact, ...]
    conditions: tuple[ConditionEvaluated, ...]
    steps: tuple[StepCard, ...]


def job_cards(state: RunState, inputs: Inputs, now: float) -> Iterator[JobCard]:
    """Every job run in the order of the tree; ``now`` in seconds since the epoch."""
    for depth, job in state.ordered_jobs():
        found = job_state(state, job)
        yield JobCard(
            anchor=job_anchor(job.key),
            key=job.key,
            node=job.node,
            state=found,
            name=label(job.name),
            time=duration(job_seconds(state, job, now)),
            note=_job_note(state, job, found),
            depth=depth,
            opened=found in {"failure", "tolerated"} and not job.nodes,
            facts=tuple(_job_facts(job)),
            conditions=_telling(state.conditions_of(job.key)),
            steps=tuple(card for step in job.top_steps() for card in _step_cards(job, step, inputs, now)),
        )


def _step_cards(job: JobState, step: StepState, inputs: Inputs, now: float, depth: int = 0) -> Iterator[StepCard]:
    """The step's own, then those of what it holds."""
    yield StepCard(
        anchor=step_anchor(job.key, step.key),
        state=step_state(step),
        name=label(step.name or step.id or step.key),
        time=duration(_step_seconds(step, now)),
        note=_step_note(step),
        depth=depth,
        opened=step.outcome == "failure" and not step.children,
        lines=step.log.lines or len(step.log),
        conditions=_telling(step.conditions),
        log=lambda: log_html(job.key, step, inputs.read_log, inputs.cap),
    )
    for child in job.child_steps(step.key):
        yield from _step_cards(job, child, inputs, now, depth + 1)


def _telling(conditions: Sequence[ConditionEvaluated]) -> tuple[ConditionEvaluated, ...]:
    """The conditions worth showing: somebody wrote them, or they kept something from running."""
    return tuple(one for one in conditions if not (one.result and is_default(one)))


def _step_seconds(step: StepState, now: float) -> float | None:
    return None if step.started is None else (step.completed if step.completed is not None else now) - step.started


def _step_note(step: StepState) -> str:
    if step.outcome == "failure" and step.exit_code is not None:
        return f"exit code {step.exit_code}"
    return label(step.reason)


def _job_note(state: RunState, job: JobState, found: str) -> str:
    match found:
        case "skipped" | "cancelled":
            return skip_phrase(state, job)
        case "waiting":
            return wait_phrase(job)
        case "tolerated":
            return "failed, and continue-on-error lets it"
        case "failure":
            return label(job.reason)
    return ""


def _job_facts(job: JobState) -> Iterator[Fact]:
    known = {
        "Runner": job.runner or "",
        "Labels": ", ".join(job.labels),
        "Isolation": ", ".join(job.isolation),
        "Environment": job.environment or "",
        "URL": job.environment_url or "",
        "Matrix": ", ".join(f"{name}: {value}" for name, value in job.matrix.items()),
        "Reviews": "; ".join(
            f"{one.environment} {'approved' if one.approved else 'refused'} by {one.reviewer}"
            for one in job.reviews
            if one.approved is not None
        ),
        "Outputs": ", ".join(f"{name}={value}" for name, value in job.outputs.items()),
        "Steps": count(len(job.top_steps()), "step") if job.steps else "",
    }
    return (Fact(name, label(value)) for name, value in known.items() if value)
