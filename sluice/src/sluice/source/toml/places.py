"""Where each key of a TOML text stands. In: the text, which must be valid TOML. Out: spans by path.

The standard library's parser keeps no positions, so the lines are walked once more; a key inside an inline table
has the place of the nearest key around it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from sluice.source.positions import Position, Span

Path = tuple[str | int, ...]

_WORD = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)"""
_KEY = re.compile(rf"\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*=\s*")
_TABLE = re.compile(rf"\s*(\[\[?)\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*\]\]?")
_FENCES = ('"""', "'''")


class Places:
    """The spans of keys and values; tables of an array are numbered from 0, as in ``("waive", 0, "until")``."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._keys: dict[Path, Span] = {}
        self._prefixes: dict[Path, Span] = {}
        self._values: dict[Path, Position] = {}
        self._arrays: dict[Path, int] = {}
        table: Path = ()
        for number, row in _rows_outside_strings(text):
            table = self._read_row(number, row, table)

    def key(self, *path: str | int) -> Span:
        """The span of a key, else of where it first stands before others (``a`` of ``[a.b]``), else the same of the
        nearest one around it, else of the file's start.
        """
        for length in range(len(path), 0, -1):
            if found := self._keys.get(path[:length]) or self._prefixes.get(path[:length]):
                return found
        return Span.at(self._file)

    def value(self, *path: str | int, offset: int = 0) -> Span:
        """The span of a value on one line; ``offset`` counts characters from 0 within the text of a string."""
        found = self._values.get(path)
        if found is None:
            return self.key(*path)
        return Span.at(self._file, found.line, found.column + offset)

    def _read_row(self, number: int, row: str, table: Path) -> Path:
        if header := _TABLE.match(row):
            table = self._open(_names(header[2]), in_array=header[1] == "[[")
            self._keys.setdefault(table, Span.at(self._file, number, header.start(2) + 1, len(header[2])))
            self._read_prefixes((), header[2], Position(number, header.start(2) + 1))
        elif entry := _KEY.match(row):
            path = (*table, *_names(entry[1]))
            self._read_prefixes(table, entry[1], Position(number, entry.start(1) + 1))
            self._keys.setdefault(path, Span.at(self._file, number, entry.start(1) + 1, len(entry[1])))
            quote = 1 if row[entry.end() : entry.end() + 1] in {'"', "'"} else 0
            self._values.setdefault(path, Position(number, entry.end() + 1 + quote))
        return table

    def _read_prefixes(self, table: Path, dotted: str, start: Position) -> None:
        names = _names(dotted)
        for count, word in enumerate(re.finditer(_WORD, dotted), 1):
            span = Span.at(self._file, start.line, start.column, word.end())
            self._prefixes.setdefault((*table, *names[:count]), span)

    def _open(self, names: tuple[str, ...], *, in_array: bool) -> Path:
        if not in_array:
            return names
        index = self._arrays.get(names, 0)
        self._arrays[names] = index + 1
        return (*names, index)


def _rows_outside_strings(text: str) -> Iterator[tuple[int, str]]:
    fence: str | None = None
    for number, row in enumerate(text.splitlines(), 1):
        if fence is None:
            yield number, row
            fence = next((mark for mark in _FENCES if row.count(mark) % 2), None)
        elif fence in row:
            fence = None


def _names(dotted: str) -> tuple[str, ...]:
    names: list[str] = []
    inner: object = tomllib.loads(f"{dotted} = 0")
    while isinstance(inner, dict):
        name, inner = next(iter(inner.items()))
        names.append(name)
    return tuple(names)
