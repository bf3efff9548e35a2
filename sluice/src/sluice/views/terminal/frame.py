"""One picture of a run in progress. In: state, time, history, room. Out: lines that fit into that room.

The tree comes first and gives up its least important rows when room is scarce; the ends of failed logs take what the
tree leaves.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from sluice.events.state import RunState
from sluice.views.run.failures import Failure, failure_title, failures, quoted
from sluice.views.run.headline import headline, leaf_jobs, run_seconds
from sluice.views.run.history import History
from sluice.views.run.outline import Row, choose_rows, job_state, outline
from sluice.views.run.phrases import annotation_counts, count_states
from sluice.views.run.tree import bar, more_line, tree_lines
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import BLANK, Line, Piece, crop, label, line
from sluice.views.text.wording import duration

Tail = Callable[[Failure], list[Line]]
_TAIL = 8
_FAILURES = 3
_SHORT = 12
_LONGEST_HEADLINE = 100
_BAR = 24


class Canvas(Struct, frozen=True, kw_only=True):
    """What there is to draw on, in cells, and the signs to draw with."""

    width: int
    height: int
    glyphs: Glyphs


def frame(state: RunState, now: float, history: History, tail: Tail, canvas: Canvas) -> list[Line]:
    """At most as many lines as the canvas has rows, each narrower than it."""
    width, glyphs = max(20, canvas.width - 1), canvas.glyphs
    gap = [BLANK] if canvas.height >= _SHORT else []
    head = [headline(state, now, min(width, _LONGEST_HEADLINE), glyphs), *gap]
    foot = [*gap, *_notices(state, width, glyphs), footer(state, now, history, width, glyphs)]
    height = max(1, canvas.height - len(head) - len(foot))
    rows = outline(state, now, history, steps=True)
    tree, rest = _tree(rows, height, width, glyphs, failed=bool(failures(state)))
    broken = _failures(state, tail, rest - len(gap), width, glyphs)
    return [*head, *tree, *([*gap, *broken] if broken else []), *foot][: max(1, canvas.height)]


def _tree(rows: list[Row], height: int, width: int, glyphs: Glyphs, *, failed: bool) -> tuple[list[Line], int]:
    """The lines of the tree, and how many lines it leaves."""
    share = height * 3 // 5 if failed and height > _SHORT else height
    room = max(share, height - _FAILURES * (_TAIL + 1)) if failed else height
    fits = len(rows) <= room
    shown, hidden = choose_rows(rows, room if fits else max(1, room - 1))
    lines = tree_lines(shown, width, glyphs)
    if hidden and room > 1:
        lines.append(crop(more_line(hidden, glyphs), width, glyphs.ellipsis))
    return lines, height - len(lines)


def _failures(state: RunState, tail: Tail, room: int, width: int, glyphs: Glyphs) -> list[Line]:
    """The newest failures with the ends of their logs, as many as there is room for."""
    found = sorted(failures(state), key=lambda one: one.job.completed or 0.0)[-_FAILURES:]
    lines: list[Line] = []
    for failure in reversed(found):
        left = room - len(lines)
        if left < 2:
            break
        title = crop(failure_title(failure, glyphs, width), width, glyphs.ellipsis)
        rows = quoted(tail(failure)[-min(_TAIL, left - 1) :], width, glyphs, rows=1)
        lines = [title, *rows, *lines]
    return lines


def _notices(state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """Who must do something now: reviewers; and that the run is being cancelled."""
    lines = [
        line(("Waiting for a review of ", "waiting"), (label(found.environment), "strong"), _reviewers(found.reviewers))
        for found in state.reviews()
        if found.approved is None and state.jobs[found.job].status == "waiting"
    ]
    if state.waiting_for is not None:
        lines.append(line(("Waiting: ", "waiting"), label(state.waiting_for)))
    whole = [found for found in state.cancels if found.job is None]
    if whole and state.conclusion is None:
        again = f" {glyphs.dot} Ctrl-C again ends it at once"
        lines.append(line(("Cancelling: ", "cancelled"), label(whole[-1].reason), (again, "quiet")))
    return [crop(found, width, glyphs.ellipsis) for found in lines]


def _reviewers(names: tuple[str, ...]) -> Piece:
    return Piece(f" by {', '.join(map(label, names))}" if names else "", "quiet")


def footer(state: RunState, now: float, history: History, width: int, glyphs: Glyphs) -> Line:
    """A thin bar, how many jobs are done, what is left to expect."""
    states = [job_state(state, job) for job in leaf_jobs(state)]
    done = sum(found not in {"pending", "waiting", "running"} for found in states)
    role = "failure" if "failure" in states else "bar"
    parts = [f"{done} of {len(states)} jobs", count_states(found for found in states if found in _SAID)]
    parts += [annotation_counts(state.annotations()), _left(state, now, history)]
    text = f" {glyphs.dot} ".join(part for part in parts if part)
    room = min(_BAR, max(6, width // 4))
    shown = line(*bar(done / max(1, len(states)), room, glyphs, role), "  ", (text, "quiet"))
    return crop(shown, width, glyphs.ellipsis)


_SAID = {"failure", "running", "waiting"}


def _left(state: RunState, now: float, history: History) -> str:
    spent = run_seconds(state, now)
    if history.run is None or spent is None or state.conclusion is not None:
        return ""
    left = history.run - spent
    return f"about {duration(_coarse(left))} left" if left > 0 else "longer than usual"


def _coarse(seconds: float) -> float:
    """An estimate that does not pretend: by 5 seconds, by 10 above a minute."""
    step = 5 if seconds < 60 else 10
    return max(step, round(seconds / step) * step)
