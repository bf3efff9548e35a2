"""A step's log as HTML. In: a step's state and a function that reads bytes. Out: escaped, coloured, folded lines.

A log above the cap loses its middle, which is never read: a report of a run that wrote gigabytes is as quick to make
as any. Lines keep their true numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from markupsafe import Markup, escape
from msgspec import Struct

from sluice.events.state import StepState
from sluice.views.report.anchors import step_anchor
from sluice.views.run.logs import LogLine, ReadLog, parse_line, read_lines, read_tail
from sluice.views.text.ansi import PLAIN, Colour, Style, clean, shorten, styled
from sluice.views.text.wording import count

LINE_LIMIT = 4000
_MARK_LENGTH = 20
_FOLDED = Markup("<details><summary>{}{}</summary>")
_OPENED = Markup("<details open><summary>{}{}</summary>")
_CLOSE = Markup("</details>")
_WORDS = {"error": "Error: ", "warning": "Warning: ", "notice": "Notice: "}


class Cap(Struct, frozen=True):
    """How much of one step's log a report shows: lines, and bytes read at either end."""

    lines: int = 2000
    size: int = 1 << 18


class NumberedLine(Struct, frozen=True):
    """A recorded line and its number in the step's log, from 1."""

    number: int
    text: str


def log_html(job: str, step: StepState, read: ReadLog, cap: Cap) -> Iterator[Markup]:
    """Pieces of HTML, to be written one after the other."""
    head, tail, left_out = _ends(job, step, read, cap)
    anchor = step_anchor(job, step.key)
    yield from folded_html(head, anchor)
    if left_out:
        yield Markup('<div class="cut">{} left out here; <code>sluice logs</code> has all of them</div>').format(
            count(left_out, "line")
        )
    yield from folded_html(tail, anchor)


def _ends(job: str, step: StepState, read: ReadLog, cap: Cap) -> tuple[list[NumberedLine], list[NumberedLine], int]:
    total = step.log.lines
    if total <= cap.lines and step.log.length <= 2 * cap.size:
        return [NumberedLine(n, text) for n, text in enumerate(read_lines(job, step, read), 1)], [], 0
    half = cap.lines // 2
    head = list(_first(read_lines(job, step, read), half, cap.size))
    tail = read_tail(job, step, read, min(half, max(0, total - len(head))), cap.size)
    left_out = max(0, total - len(head) - len(tail))
    numbered = [NumberedLine(total - len(tail) + n, text) for n, text in enumerate(tail, 1)]
    return head, numbered, left_out


def _first(lines: Iterable[str], number: int, size: int) -> Iterator[NumberedLine]:
    """The first lines, at most ``number``, and no more than about ``size`` characters."""
    for place, text in enumerate(islice(lines, number), 1):
        yield NumberedLine(place, text)
        size -= len(text)
        if size < 0:
            return


def folded_html(lines: Sequence[NumberedLine], anchor: str) -> Iterator[Markup]:
    """Lines with their groups folded. Groups don't nest: the next one ends the one before, as on GitHub's page."""
    style, inside = PLAIN, False
    loud = _loud_groups(lines)
    for line in lines:
        found = parse_line(shorten(line.text, LINE_LIMIT))
        if found.kind not in {"group", "endgroup"}:
            content, style = _content(found, style)
            yield _line(anchor, line.number, content)
            continue
        if inside:
            yield _CLOSE
        inside = found.kind == "group"
        if inside:
            opening = _OPENED if line.number in loud else _FOLDED
            yield opening.format(_number(anchor, line.number), clean(found.text) or "group")
    if inside:
        yield _CLOSE


def _loud_groups(lines: Sequence[NumberedLine]) -> set[int]:
    """The numbers of the groups that must not hide what is in them: an error, or everything up to the log's end."""
    loud: set[int] = set()
    last: int | None = None
    for line in lines:
        found = parse_line(line.text[:_MARK_LENGTH])
        if found.kind in {"group", "endgroup"}:
            last = line.number if found.kind == "group" else None
        elif found.kind == "error" and last is not None:
            loud.add(last)
    return loud if last is None else loud | {last}


def _content(found: LogLine, style: Style) -> tuple[Markup, Style]:
    if found.kind == "text":
        runs, after = styled(found.text, style)
        return Markup().join(_run(text, look) for text, look in runs), after
    words = _WORDS.get(found.kind, "") + clean(found.text)
    return Markup('<span class="{}">{}</span>').format(found.kind, words), style


def _line(anchor: str, number: int, content: Markup) -> Markup:
    return Markup(f"<div>{_number(anchor, number)}{content}</div>")  # noqa: S704  # both are safe, and lines are many


def _number(anchor: str, number: int) -> Markup:
    place = f"{escape(anchor)}:{number}"
    return Markup(f'<a id="{place}" href="#{place}">{number}</a>')  # noqa: S704  # escaped, and lines are many


def _run(text: str, style: Style) -> Markup:
    if style == PLAIN:
        return escape(text)
    classes, colours = _look(style)
    attributes = Markup(' class="{}"').format(" ".join(classes)) if classes else Markup()
    if colours:
        attributes += Markup(' style="{}"').format(";".join(colours))
    return Markup("<span{}>{}</span>").format(attributes, text)


def _look(style: Style) -> tuple[list[str], list[str]]:
    switches = ("bold", "dim", "italic", "underline", "strike")
    classes = [name for name in switches if getattr(style, name)]
    front, back = style.foreground, style.background
    if style.inverse:
        classes += ["inverse"] if front is None and back is None else []
        front, back = back, front
    colours: list[str] = []
    for colour, name, prefix in ((front, "color", "f"), (back, "background", "b")):
        if isinstance(colour, int) and colour < 16:
            classes.append(f"{prefix}{colour}")
        elif colour is not None:
            colours.append(f"{name}:#{''.join(f'{part:02x}' for part in _rgb(colour))}")
    return classes, colours


def _rgb(colour: Colour) -> tuple[int, int, int]:
    """Red, green and blue of one of the 240 colours above the first 16: a cube of 6 x 6 x 6, then 24 greys."""
    match colour:
        case (red, green, blue):
            return (red, green, blue)
        case int() if colour >= 232:
            grey = 8 + (colour - 232) * 10
            return (grey, grey, grey)
        case int():
            place = colour - 16
            red, green, blue = (0 if part == 0 else 55 + part * 40 for part in (place // 36, place // 6 % 6, place % 6))
            return (red, green, blue)
        case None:
            return (0, 0, 0)
