"""Rows as lines: name, note, bar and time in columns. In: rows, a width, signs. Out: lines of at most that width."""

from __future__ import annotations

from collections.abc import Sequence

from sluice.views.run.outline import Row
from sluice.views.run.phrases import count_states
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import Line, Piece, cells, fit, line, pad, pad_left
from sluice.views.text.wording import clock, duration

_TIME = 7
_BAR = 10
_EXPECTED = 7
_WIDE = 76
_NAME = 10
_INDENT = 2
_LOUD = {"failure", "running", "waiting"}
_QUIET_NAMES = {"skipped", "pending"}


def tree_lines(rows: Sequence[Row], width: int, glyphs: Glyphs) -> list[Line]:
    """One line a row. Bars appear where there is room and something to expect."""
    longest = max((row.depth * _INDENT + 2 + cells(row.name) for row in rows), default=0)
    name = min(max(longest, _NAME), max(_NAME, width * 9 // 20))
    return [_row(row, name, width, glyphs) for row in rows]


def bar(fraction: float, width: int, glyphs: Glyphs, role: str = "bar") -> Line:
    """A thin bar; it is full only when the fraction is 1 or more."""
    done = width if fraction >= 1 else min(width - 1, int(max(0.0, fraction) * width))
    return line((glyphs.bar_done * done, role), (glyphs.bar_left * (width - done), "quiet"))


def more_line(hidden: Sequence[Row], glyphs: Glyphs) -> Line:
    """What the rows that found no room would have shown."""
    return line((f"{glyphs.ellipsis} {len(hidden)} more: {count_states(row.state for row in hidden)}", "quiet"))


def _row(row: Row, name: int, width: int, glyphs: Glyphs) -> Line:
    indent = " " * (row.depth * _INDENT)
    room = name - cells(indent) - 2
    shown_bar = _bar(row, glyphs) if width >= _WIDE else ()
    note = width - name - _TIME - 3 - cells(shown_bar)
    return line(
        indent,
        (glyphs.of(row.state), row.state),
        " ",
        (pad(fit(row.name, room, glyphs.ellipsis), room), _name_role(row)),
        " ",
        (pad_left(_time(row), _TIME), "" if row.state in _LOUD else "quiet"),
        "  ",
        *shown_bar,
        (fit(row.note.replace("›", glyphs.arrow), note, glyphs.ellipsis), _note_role(row)),
    )


def _time(row: Row) -> str:
    return clock(row.seconds) if row.state == "running" else duration(row.seconds)


def _bar(row: Row, glyphs: Glyphs) -> Line:
    if not row.expected or row.seconds is None:
        return ()
    expected = pad(f" ~{duration(max(1.0, row.expected))}", _EXPECTED)
    return (*bar(row.seconds / row.expected, _BAR, glyphs), Piece(expected, "quiet"), Piece("  "))


def _name_role(row: Row) -> str:
    return "quiet" if row.state in _QUIET_NAMES else ("strong" if row.state == "failure" else "")


def _note_role(row: Row) -> str:
    return "failure" if row.state == "failure" and "legs" not in row.note else "quiet"
