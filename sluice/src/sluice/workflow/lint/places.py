"""Where a piece of text stands. In: the text of a file and the span of a value. Out: the span of a piece within it."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from sluice.source.positions import Position, Span


class SourceText:
    """A file's text, by offset and by position."""

    def __init__(self, text: str) -> None:
        self._text = text
        lines = text.splitlines(keepends=True)
        self._starts = [0, *accumulate(len(line) for line in lines)]
        self._lines = lines

    def line(self, number: int) -> str:
        """A line by its number from 1, without its end; empty where there is none."""
        return self._lines[number - 1].rstrip("\r\n") if 1 <= number <= len(self._lines) else ""

    def find(self, span: Span, piece: str) -> Span:
        """The first place of ``piece`` in the span, or the span itself where it doesn't stand there as such.

        A place where the piece is the whole of a name or of a chain of names is better than one where it goes on.
        """
        start, end = self._offset(span.start), self._offset(span.end)
        whole = (
            re.compile(rf"(?<![\w.-]){re.escape(piece)}(?![\w.\[-])").search(self._text, start, end) if piece else None
        )
        found = whole.start() if whole else self._text.find(piece, start, max(end, start + 1)) if piece else -1
        return self._stretch(span, found, len(piece))

    def find_after(self, span: Span, piece: str) -> Span:
        """The first place of ``piece`` from the start of the span on, or the span itself."""
        found = self._text.find(piece, self._offset(span.start)) if piece else -1
        return self._stretch(span, found, len(piece))

    def _stretch(self, span: Span, start: int, length: int) -> Span:
        if start < 0:
            return span
        return Span(span.file, self._position(start), self._position(start + length))

    def _offset(self, position: Position) -> int:
        line = min(position.line, len(self._starts)) - 1
        return min(self._starts[line] + position.column - 1, len(self._text))

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        if line == len(self._starts) and line > 1 and self._text[-1:] not in ("\n", "\r"):
            line -= 1
        return Position(line, offset - self._starts[line - 1] + 1)
