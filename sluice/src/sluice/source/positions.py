"""Places in a text file. Lines and columns count from 1; a column counts characters, not bytes."""

from __future__ import annotations

from msgspec import Struct


class Position(Struct, frozen=True, order=True):
    """A character's place: line and column, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Span(Struct, frozen=True, order=True):
    """A stretch of one file from ``start`` up to, not including, ``end``."""

    file: str
    start: Position
    end: Position

    def __str__(self) -> str:
        return f"{self.file}:{self.start}"

    @classmethod
    def at(cls, file: str, line: int = 1, column: int = 1, length: int = 1) -> Span:
        """The span of ``length`` characters on one line."""
        return cls(file, Position(line, column), Position(line, column + length))
