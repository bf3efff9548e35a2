"""A block of lines at the bottom of a terminal, redrawn in place. In: painted lines. Out: the bytes that change them.

Only lines that differ are written, between the marks of a synchronised update, so that nothing flickers and nothing
is sent when nothing changes. After the terminal was resized the whole block is drawn anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from sluice.views.text.sending import send

_BEGIN = "\x1b[?2026h"
_END = "\x1b[?2026l"
_HIDE_CURSOR = "\x1b[?25l"
_SHOW_CURSOR = "\x1b[?25h"
_ERASE_LINE = "\x1b[K"
_ERASE_BELOW = "\x1b[J"


class Screen:
    """The block. Each line must be narrower than the terminal; between draws the cursor stands below the block."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lines: list[str] = []
        self._widths: list[int] = []
        self._size = (0, 0)
        self._hidden = False

    def draw(self, lines: Sequence[str], widths: Sequence[int], size: tuple[int, int]) -> None:
        """Show these painted lines, ``widths`` cells wide, on a terminal of ``size`` columns and rows."""
        text = self._changes(lines) if size == self._size else self._everything(lines, size)
        self._lines, self._widths, self._size = list(lines), list(widths), size
        if text:
            hide = "" if self._hidden else _HIDE_CURSOR
            self._hidden = True
            send(f"{_BEGIN}{hide}{text}{_END}", self._stream)

    def clear(self) -> None:
        """Take the block away, so that something else can be printed in its place."""
        if self._hidden:
            send(f"{_BEGIN}{_up(len(self._lines))}{_ERASE_BELOW}{_SHOW_CURSOR}{_END}", self._stream)
        self._lines, self._widths, self._hidden = [], [], False

    def _everything(self, lines: Sequence[str], size: tuple[int, int]) -> str:
        return _up(self._rows_at(size)) + _ERASE_BELOW + "".join(f"{line}\n" for line in lines)

    def _rows_at(self, size: tuple[int, int]) -> int:
        """How many rows the old block takes on the new terminal: one that is narrower wraps lines that were whole."""
        columns, rows = size
        wrapped = sum(max(1, -(-width // max(1, columns))) for width in self._widths)
        return min(wrapped, max(0, rows - 1))

    def _changes(self, lines: Sequence[str]) -> str:
        old = self._lines
        same = _common_start(old, lines)
        if same == len(old) == len(lines):
            return ""
        parts = [_up(len(old) - same)]
        for place in range(same, len(lines)):
            known = place < len(old) and old[place] == lines[place]
            parts.append("\n" if known else f"\r{lines[place]}{_ERASE_LINE}\n")
        return "".join(parts) + (_ERASE_BELOW if len(lines) < len(old) else "")


def _common_start(old: Sequence[str], new: Sequence[str]) -> int:
    return next(
        (place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )


def _up(rows: int) -> str:
    return f"\r\x1b[{rows}A" if rows > 0 else "\r"
