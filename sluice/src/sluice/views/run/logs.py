"""The lines of a step out of its job's log. In: a step's state and a function that reads bytes. Out: lines.

It must not know where logs are kept: ``ReadLog`` is all it gets. Reading a tail never reads more than that tail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct

from sluice.events.log_ranges import LogRange
from sluice.events.state import JobState, StepState
from sluice.views.text.ansi import Style, clean, shorten, styled
from sluice.views.text.lines import Line, Piece, label

ReadLog: TypeAlias = Callable[[str, int, int], bytes]
"""Job run key, offset, length -> those bytes of the job's log; fewer where the log is shorter."""

_MARK = re.compile(r"##\[(group|endgroup|error|warning|notice|debug|command)\]")
_HEADER, _HEADER_END = "##[group]Run ", "##[endgroup]"
_CHUNK = 1 << 20
_TAIL_BYTES = 1 << 16
_WORDS = {"error": "Error: ", "warning": "Warning: ", "notice": "Notice: "}
LINE_LIMIT = 4000


class LogLine(Struct, frozen=True):
    """A line as recorded; ``kind`` is ``text`` or the name of its ``##[...]`` mark, which ``text`` is without."""

    kind: str
    text: str


def parse_line(raw: str) -> LogLine:
    """The line with its mark taken off."""
    if not raw.startswith("##[") or (mark := _MARK.match(raw)) is None:
        return LogLine("text", raw)
    return LogLine(mark[1], raw[mark.end() :])


def read_lines(job: str, step: StepState, read: ReadLog) -> Iterator[str]:
    """Every line of one step's own log, in constant memory: a line of megabytes comes without its middle."""
    rest = b""
    for place in step.log:
        for chunk in _chunks(job, place, read):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (part.decode("utf-8", "replace") for part in whole)
            if len(rest) > _CHUNK:
                rest = rest[: _CHUNK // 2] + rest[-_CHUNK // 4 :]
    if rest:
        yield rest.decode("utf-8", "replace")


def _chunks(job: str, place: LogRange, read: ReadLog) -> Iterator[bytes]:
    end = place.offset + place.length
    for offset in range(place.offset, end, _CHUNK):
        yield read(job, offset, min(_CHUNK, end - offset))


def read_tail(job: str, step: StepState, read: ReadLog, count: int, limit: int = _TAIL_BYTES) -> list[str]:
    """The last ``count`` lines of a step's own log; looks at no more than its last ``limit`` bytes."""
    data = b""
    for place in reversed(step.log):
        wanted = min(place.length, limit - len(data))
        data = read(job, place.offset + place.length - wanted, wanted) + data
        if data.count(b"\n") > count or len(data) >= limit:
            break
    lines = data.decode("utf-8", "replace").split("\n")
    whole = lines[:-1] if lines[-1] == "" else lines
    return whole[max(0, len(whole) - count) :]


def output_tail(job: str, step: StepState, read: ReadLog, count: int) -> list[str]:
    """The last ``count`` lines of what the step itself wrote: not its script and its variables, which stand before.

    Where it wrote nothing but its exit code they are all there is to see, and are given.
    """
    own = step.log.lines - _header_lines(job, step, read)
    return read_tail(job, step, read, min(count, own) if own > 1 else count)


def _header_lines(job: str, step: StepState, read: ReadLog) -> int:
    """How many lines of a step's log say what is run: the group that it begins with."""
    head: list[str] = []
    for place in step.log:
        head += read(job, place.offset, min(place.length, _TAIL_BYTES)).decode("utf-8", "replace").split("\n")
        break
    if not head or not head[0].startswith(_HEADER):
        return 0
    return next((number for number, text in enumerate(head, 1) if text == _HEADER_END), 0)


def log_lines(raw: Iterable[str]) -> list[Line]:
    """Recorded lines as they are shown on a terminal, without the blank ones at their end."""
    shown = list(stream_lines(raw))
    while shown and not "".join(piece.text for piece in shown[-1]).strip():
        shown.pop()
    return shown


def stream_lines(raw: Iterable[str], limit: int = LINE_LIMIT) -> Iterator[Line]:
    """Recorded lines one by one: marks as words, colours kept, nothing else that a terminal would obey."""
    style = Style()
    for text in raw:
        found = parse_line(shorten(text, limit))
        if found.kind != "endgroup":
            pieces, style = _pieces(found, style)
            yield pieces


def _pieces(found: LogLine, style: Style) -> tuple[Line, Style]:
    if found.kind == "text" and found.text.isprintable():
        return ((Piece(found.text, "", style),) if found.text else ()), style
    if found.kind == "text":
        runs, after = styled(found.text, style)
        return tuple(_with_tabs(runs)), after
    return (Piece(_WORDS.get(found.kind, "") + clean(found.text).expandtabs(8), found.kind),), style


def _with_tabs(runs: Iterable[tuple[str, Style]]) -> Iterator[Piece]:
    """Tabs as spaces up to the next eighth column of the line, which what stands before it shifts."""
    column = 0
    for text, look in runs:
        shown = f"{' ' * column}{text}".expandtabs(8)[column:]
        column += len(shown)
        yield Piece(shown, "", look)


def step_log(job: JobState, step: StepState, read: ReadLog) -> Iterator[Line]:
    """One step's own log under its name, every line whole (megabytes aside), in constant memory."""
    yield (Piece(f"{label(job.name)} > {label(step.name or step.id or step.key)}", "heading"),)
    yield from stream_lines(read_lines(job.key, step, read), limit=2 * _CHUNK)


def steps_with_logs(job: JobState) -> Iterator[StepState]:
    """The steps of a job in the order in which they are read, a composite's own steps after it."""
    for step in job.top_steps():
        yield from _with_children(job, step)


def _with_children(job: JobState, step: StepState) -> Iterator[StepState]:
    yield step
    for child in job.child_steps(step.key):
        yield from _with_children(job, child)
