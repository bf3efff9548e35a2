"""A run as plain lines, where there is no terminal. In: records. Out: lines that stay as they are.

``job: ...`` says what happened to a job, ``job | ...`` is a line of its log. Inside GitHub Actions the log of what
failed is a group and annotations are workflow commands, so that they show up on the outer run's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

from msgspec import Struct

from sluice.events.fold import fold
from sluice.events.model import (
    AnnotationCreated,
    CancelRequested,
    EffectRecorded,
    JobCompleted,
    JobStarted,
    JobWaiting,
    LogAppended,
    Record,
    ReviewGiven,
    ReviewRequested,
    RunQueued,
    RunWaiting,
    StepCompleted,
    StepStarted,
)
from sluice.events.state import JobState, RunState, StepState
from sluice.views.run.headline import origin, title
from sluice.views.run.logs import ReadLog, log_lines, output_tail
from sluice.views.run.outline import job_state, outline, step_state
from sluice.views.run.phrases import skip_phrase, state_word, wait_phrase
from sluice.views.run.sections import place_of, sections, titled
from sluice.views.run.tree import tree_lines
from sluice.views.terminal.summary import closing, failure_lines
from sluice.views.text.ansi import clean
from sluice.views.text.glyphs import ASCII
from sluice.views.text.lines import BLANK, ENDLESS, Line, label, plain
from sluice.views.text.sending import send
from sluice.views.text.wording import duration

_TAIL = 20


class PlainView(Struct, kw_only=True):
    """A ``View`` for pipes and CI logs. ``verbose`` shows every line of every log, ``github`` speaks its commands."""

    stream: IO[str]
    read_log: ReadLog
    verbose: bool = False
    github: bool = False
    report: Callable[[], str | None] = lambda: None
    state: RunState | None = None

    def show(self, record: Record) -> None:
        """Fold the record in and write what it says."""
        self.state = fold(self.state, record)
        if text := "".join(f"{one}\n" for one in self._lines(self.state, record)):
            send(text, self.stream)

    def refresh(self) -> float | None:
        """Nothing is ever left to draw."""
        return None

    def close(self) -> None:
        """Write the tree, what the run left behind, what failed and the verdict: a log is read from its end."""
        if self.state is None:
            return
        rows = outline(self.state, self.state.time)
        lines: list[Line] = [
            BLANK,
            *tree_lines(rows, ENDLESS, ASCII),
            BLANK,
            *sections(self.state, ENDLESS, ASCII),
            *failure_lines(self.state, self.read_log, ENDLESS, ASCII),
            *closing(self.state, ENDLESS, ASCII, report=self.report()),
        ]
        send("".join(f"{self._inert(plain(one))}\n" for one in lines), self.stream)

    def _lines(self, state: RunState, record: Record) -> Iterator[str]:
        match record.event:
            case LogAppended() as event if self.verbose:
                yield from self._log(state.jobs[event.job], event)
            case AnnotationCreated() as event:
                yield self._annotation(state, event)
            case StepCompleted() as event:
                yield from self._step_completed(state.jobs[event.job], state.jobs[event.job].steps[event.step])
            case event:
                yield from map(self._inert, _say(state, event))

    def _log(self, job: JobState, event: LogAppended) -> Iterator[str]:
        text = self.read_log(job.key, event.offset, event.length).decode("utf-8", "replace")
        yield from self._quoted(job, text.removesuffix("\n").split("\n"))

    def _quoted(self, job: JobState, raw: list[str]) -> Iterator[str]:
        name = label(job.name)
        return (self._inert(f"{name} | {plain(shown)}".rstrip()) for shown in log_lines(raw))

    def _step_completed(self, job: JobState, step: StepState) -> Iterator[str]:
        yield self._inert(_step_line(job, step))
        if step.outcome != "failure" or self.verbose or step.children:
            return
        tail = output_tail(job.key, step, self.read_log, _TAIL)
        if self.github:
            yield f"::group::{_escape(f'{label(job.name)}: {_name(step)}')}"
        yield from self._quoted(job, tail)
        if self.github:
            yield "::endgroup::"

    def _annotation(self, state: RunState, note: AnnotationCreated) -> str:
        if self.github:
            return github_command(note)
        place = place_of(note)
        job = state.jobs.get(note.job)
        where = f"{place}: " if place else ""
        return f"{label(job.name if job else note.job)}: {note.level}: {where}{titled(note)}"

    def _inert(self, text: str) -> str:
        """The line so that GitHub finds no command of a job's in it."""
        if not self.github:
            return text
        text = text.replace("##[", "## [")
        return f"| {text}" if text.lstrip().startswith("::") else text


def _say(state: RunState, event: object) -> Iterator[str]:
    match event:
        case RunQueued():
            yield f"{title(state)}: {' '.join(origin(event))}, run {state.run}"
        case RunWaiting():
            yield f"{title(state)}: waits: {label(event.reason)}"
        case CancelRequested(job=None):
            yield f"{title(state)}: cancelling: {label(event.reason)}"
        case StepStarted():
            job = state.jobs[event.job]
            yield f"{label(job.name)}: step {_name(job.steps[event.step])}: started"
        case EffectRecorded():
            who = state.jobs[event.job].name if event.job in state.jobs else title(state)
            verb = "rehearsed" if event.rehearsed else "published"
            yield f"{label(who)}: {verb} {label(event.kind)} {label(event.target)}"
        case JobStarted() | JobWaiting() | JobCompleted() | ReviewRequested() | ReviewGiven():
            yield from _say_job(state, event)


def _say_job(
    state: RunState, event: JobStarted | JobWaiting | JobCompleted | ReviewRequested | ReviewGiven
) -> Iterator[str]:
    job = state.jobs.get(event.job)
    name = label(job.name if job else event.job)
    match event:
        case JobStarted():
            yield f"{name}: started on {label(event.runner)}"
        case JobCompleted():
            yield _job_line(state, job) if job else f"{name}: {state_word(event.conclusion)}"
        case JobWaiting():
            yield f"{name}: {wait_phrase(state.jobs[event.job])}"
        case ReviewRequested():
            yield f"{name}: asks for a review of {label(event.environment)}"
        case ReviewGiven():
            answer = "approved" if event.approved else "refused"
            yield f"{name}: {label(event.environment)} {answer} by {label(event.reviewer)}"


def _job_line(state: RunState, job: JobState) -> str:
    took = f" in {duration(job.completed - job.started)}" if job.started is not None and job.completed else ""
    why = skip_phrase(state, job) if job.conclusion in {"skipped", "cancelled"} else label(job.reason)
    return f"{label(job.name)}: {state_word(job_state(state, job))}{took}{f' ({why})' if why else ''}"


def _step_line(job: JobState, step: StepState) -> str:
    took = f" in {duration(step.completed - step.started)}" if step.started is not None and step.completed else ""
    code = f"exit code {step.exit_code}" if step.outcome == "failure" and step.exit_code is not None else ""
    why = label(step.reason) or code
    return f"{label(job.name)}: step {_name(step)}: {state_word(step_state(step))}{took}{f' ({why})' if why else ''}"


def _name(step: StepState) -> str:
    return label(step.name or step.id or step.key)


def github_command(note: AnnotationCreated) -> str:
    """The annotation as a workflow command: ``::error file=a.py,line=3::message``."""
    properties = {
        "file": note.file,
        "line": note.line,
        "endLine": note.end_line,
        "col": note.column,
        "endColumn": note.end_column,
        "title": note.title,
    }
    known = ",".join(f"{key}={_escape_property(str(value))}" for key, value in properties.items() if value is not None)
    message = "\n".join(clean(part) for part in note.message.split("\n"))
    return f"::{note.level}{' ' if known else ''}{known}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace("##[", "## [")


def _escape_property(text: str) -> str:
    return _escape(label(text)).replace(":", "%3A").replace(",", "%2C")
