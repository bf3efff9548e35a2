"""Bytes as they come from a socket in, whole lines out. A line that grows past its limit ends the stream.

It holds at most one unfinished line, so its memory is bounded by the limit. It doesn't know what a line means.
"""

from __future__ import annotations


class LineTooLongError(Exception):
    """A line passed the limit before it ended. What came before it in the same bytes is in ``lines``."""

    def __init__(self, limit: int, lines: list[bytes]) -> None:
        super().__init__(f"a line is longer than {limit} bytes")
        self.lines = lines


class LineSplitter:
    """Cuts one connection's bytes at line ends. A connection inherits it: an object less to fetch for each line."""

    __slots__ = ("_most", "_rest", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._most = limit + 1
        """Bytes of a whole line; 0 once the stream can't be used."""
        self._rest: bytearray | None = None
        """The unfinished line; None, not an empty one, where there is none: thousands of splitters share that."""

    @property
    def unfinished(self) -> int:
        """Bytes of a line that has not ended yet."""
        return len(self._rest or b"")

    def take_rest(self) -> bytes:
        """The unfinished bytes, which are forgotten here."""
        rest, self._rest = bytes(self._rest or b""), None
        return rest

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that end in ``data``, without their line feeds.

        Raises ``LineTooLongError`` when a line, ended or not, has more than ``limit`` bytes; the stream can't be
        used then.
        """
        if self._rest is None and 0 < data.find(b"\n") + 1 == len(data) <= self._most:  # one line, as nearly always
            return [data[:-1]]
        if not self._most:
            raise LineTooLongError(self.limit, [])
        lines = data.split(b"\n")
        if self._rest is not None:
            self._rest += lines[0]
            if len(lines) == 1:
                return self._checked([], len(self._rest))
            lines[0] = self.take_rest()
        rest = lines.pop()
        if rest:
            self._rest = bytearray(rest)
        return self._checked(lines, len(rest))

    def _checked(self, lines: list[bytes], unfinished: int) -> list[bytes]:
        limit = self.limit
        for position, line in enumerate(lines):
            if len(line) > limit:
                raise self._broken_at(lines[:position])
        if unfinished > limit:
            raise self._broken_at(lines)
        return lines

    def _broken_at(self, lines: list[bytes]) -> LineTooLongError:
        self._most = 0
        self._rest = None
        return LineTooLongError(self.limit, lines)
