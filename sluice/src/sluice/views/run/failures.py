"""What failed, the end of its log, and the commands that go on from there. In: a run's state, its logs. Out: lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from msgspec import Struct

from sluice.events.state import JobState, RunState, StepState
from sluice.views.run.logs import ReadLog, log_lines, output_tail, read_tail
from sluice.views.run.outline import failed_step
from sluice.views.run.remedies import Remedy, find_remedy
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import BLANK, Line, Piece, cells, chop, crop, fit, fold, label, line, pad

_ROWS_OF_A_LINE = 3
_STEP_CELLS, _SHORTEST_STEP = 60, 24
_LINES_OF_A_CAUSE = 60
_INDENT_OF_REMEDY = 16
_EXIT_MESSAGE = "Process completed with exit code"


class Failure(Struct, frozen=True):
    """A job run that failed, and its step where one is to blame."""

    job: JobState
    step: StepState | None

    @property
    def place(self) -> str:
        """``test (macos) › Run tests``."""
        return self.place_within(_STEP_CELLS)

    def place_within(self, room: int, ellipsis: str = "…") -> str:
        """The place with at most ``room`` cells of the step's name."""
        step = f" › {fit(label(self.step.name or self.step.key), room, ellipsis)}" if self.step else ""
        return label(self.job.name) + step

    @property
    def why(self) -> str:
        """``exit code 1``, or the reason that was recorded."""
        if self.step is None:
            return label(self.job.reason)
        if self.step.reason and not self.step.reason.startswith(_EXIT_MESSAGE):
            return label(self.step.reason)
        return f"exit code {self.step.exit_code}" if self.step.exit_code is not None else ""


def failures(state: RunState) -> list[Failure]:
    """Every job run that failed on its own account, in the order of the tree; allowed failures too."""
    return [
        Failure(job, failed_step(job))
        for _, job in state.ordered_jobs()
        if job.outcome == "failure" and not any(child.outcome == "failure" for child in _children(state, job))
    ]


def _children(state: RunState, job: JobState) -> Iterator[JobState]:
    for node in state.nodes_below(job.key) if job.nodes else ():
        yield from state.runs_of(node.key)


def failure_title(failure: Failure, glyphs: Glyphs, width: int) -> Line:
    """``✗ test (macos) › Run tests (allowed by continue-on-error)  exit code 1``; where ``width`` is too little, the
    step's name gives way.
    """
    allowed = failure.job.conclusion == "success"
    role = "tolerated" if allowed else "failure"
    end = line((" (allowed by continue-on-error)" if allowed else "", "quiet"), (f"  {failure.why}", "quiet"))
    room = width - 2 - cells(label(failure.job.name)) - 3 - cells(end)
    place = failure.place_within(max(_SHORTEST_STEP, room), glyphs.ellipsis).replace("›", glyphs.arrow)
    return line((f"{glyphs.of('failure')} ", role), (place, "strong"), *end)


def failure_tail(failure: Failure, read: ReadLog, count: int) -> list[Line]:
    """The last lines that the step that failed wrote, uncut."""
    return log_lines(output_tail(failure.job.key, failure.step, read, count)) if failure.step else []


def remedy_for(failure: Failure, read: ReadLog) -> Remedy | None:
    """What is known of such a failure, by its step's name and the end of its log."""
    log = read_tail(failure.job.key, failure.step, read, _LINES_OF_A_CAUSE) if failure.step else []
    return find_remedy(f"{failure.place} {failure.job.node}", [failure.why, *log])


def remedy_lines(remedy: Remedy | None) -> list[Line]:
    """Symptom, resolution, prevention: a line each."""
    if remedy is None:
        return []
    rows = (("symptom", remedy.symptom), ("resolution", remedy.resolution), ("prevention", remedy.prevention))
    return [line((f"    {name:12}", "quiet"), text) for name, text in rows]


def quoted(lines: Sequence[Line], width: int, glyphs: Glyphs, *, rows: int = _ROWS_OF_A_LINE) -> list[Line]:
    """Log lines behind a bar; a long one takes up to ``rows`` rows and is cut after that."""
    gutter = Piece(f"  {glyphs.quote} ", "quiet")
    room = max(10, width - cells(gutter.text))
    return [(gutter, *crop(part, room, glyphs.ellipsis)) for shown in lines for part in chop(shown, room, rows)]


def failure_block(state: RunState, failure: Failure, read: ReadLog, width: int, glyphs: Glyphs) -> list[Line]:
    """Title, the last 20 lines, what is known of such a failure, and what to type next."""
    return [
        crop(failure_title(failure, glyphs, width), width, glyphs.ellipsis),
        *quoted(failure_tail(failure, read, 20), width, glyphs),
        *(row for one in remedy_lines(remedy_for(failure, read)) for row in fold(one, width, _INDENT_OF_REMEDY)),
        *command_lines(job_commands(state.run, failure.job), width),
        BLANK,
    ]


def job_commands(run: str, job: JobState) -> list[tuple[str, str]]:
    """What can be done about a job run: the words for it, and the exact command. One that never started left no log."""
    name = f"{quote(run)} {quote(job.key)}"
    why = ("why it ran", f"sluice explain {name}")
    if job.started is None:
        return [why]
    return [
        ("the whole log", f"sluice logs {name}"),
        why,
        ("look around in its workspace", f"sluice shell {name}"),
    ]


def command_lines(commands: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Commands, ready to copy, with what they are for where there is room. A command is never cut."""
    widest = max((cells(command) for _, command in commands), default=0)
    if any(4 + widest + 2 + cells(purpose) > width for purpose, _ in commands):
        return [line("    ", (command, "code")) for _, command in commands]
    return [line("    ", (pad(command, widest), "code"), (f"  {purpose}", "quiet")) for purpose, command in commands]
