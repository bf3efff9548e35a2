"""Where a step's lines stand in its job's log file. Ranges that touch become one, so a step that is the only one to
write has one range however long it runs. Values never change; adding to one gives another.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload


class LogRange(NamedTuple):
    """Bytes ``offset`` to ``offset + length`` of a log file, ``lines`` line ends among them."""

    offset: int
    length: int
    lines: int


class LogRanges(Sequence[LogRange]):
    """The ranges of one step in the order of their writing.

    The closed ranges of a value and of those made from it share one array, of which each value sees its own count:
    adding costs the same however many there are. Only the newest value may be added to without a copy.
    """

    __slots__ = ("_closed", "_count", "_open")

    def __init__(self) -> None:
        self._closed: array[int] = array("q")
        self._count = 0
        self._open: LogRange | None = None

    def added(self, offset: int, length: int, lines: int) -> LogRanges:
        """These ranges and one more at the end, merged with the last one where they touch."""
        last, grown = self._open, LogRanges()
        grown._closed, grown._count = self._closed, self._count
        if last is None:
            grown._open = LogRange(offset, length, lines)
        elif last.offset + last.length == offset:
            grown._open = LogRange(last.offset, last.length + length, last.lines + lines)
        else:
            grown._close(last)
            grown._open = LogRange(offset, length, lines)
        return grown

    @property
    def lines(self) -> int:
        """Line ends in all ranges."""
        return sum(found.lines for found in self)

    @property
    def length(self) -> int:
        """Bytes in all ranges."""
        return sum(found.length for found in self)

    @property
    def end(self) -> int:
        """The offset after the last byte; 0 without ranges."""
        return self._open.offset + self._open.length if self._open else 0

    def _close(self, last: LogRange) -> None:
        if len(self._closed) != self._count * 3:
            self._closed = self._closed[: self._count * 3]
        self._closed.extend(last)
        self._count += 1

    def __len__(self) -> int:
        return self._count + (self._open is not None)

    @overload
    def __getitem__(self, index: int) -> LogRange: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LogRange, ...]: ...
    def __getitem__(self, index: int | slice) -> LogRange | tuple[LogRange, ...]:
        if isinstance(index, slice):
            return tuple(self[place] for place in range(*index.indices(len(self))))
        place = range(len(self))[index]
        if place == self._count and self._open is not None:
            return self._open
        return LogRange(*self._closed[place * 3 : place * 3 + 3])

    def __iter__(self) -> Iterator[LogRange]:
        return (self[place] for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogRanges) and len(self) == len(other) and all(map(LogRange.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # equal by content, like a list

    def __repr__(self) -> str:
        return f"LogRanges({[tuple(found) for found in self]})"
