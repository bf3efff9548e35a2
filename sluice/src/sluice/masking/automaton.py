"""Find every occurrence of many byte strings at once. In: patterns without line breaks. Out: covered ranges.

Knows nothing of secrets; wraps the Aho-Corasick library and adds what masking needs: patterns that others cover are
dropped (so that nobody can make a text match a thousand times in each place), and the question how much of a text's
end may be the beginning of a pattern.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import TypeAlias

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from sluice.masking.sieve import Sieve

_FASTEST_LIMIT = 48 * 1024
"""Bytes of patterns up to which the table-driven automaton (fast to search, slow and big to build) is used."""

_WORTH_SIEVING = 2048
_DENSE = 512
"""From one place in this many bytes on, going through all of them is faster than line by line."""

_KEY = 3

Match: TypeAlias = tuple[int, int, int]
"""Which pattern, start, end."""

_START = itemgetter(1)


class Automaton:
    """An immutable set of patterns. ``size`` is their length in bytes; ``longest`` that of the longest.

    ``fast`` costs more to build and less to search.
    """

    __slots__ = ("_keys", "_search", "_sieve", "_sorted", "fast", "longest", "patterns", "size")

    def __init__(self, patterns: Collection[bytes], *, fast: bool = False) -> None:
        self.patterns = frozenset(patterns)
        self._sorted = _without_covered(sorted(self.patterns))
        self.size = sum(map(len, self._sorted))
        self.longest = max(map(len, self._sorted), default=0)
        self.fast = fast and self.size <= _FASTEST_LIMIT
        sieve = Sieve(self._sorted) if fast else None
        self._sieve = sieve if sieve is not None and sieve.useful else None
        self._keys = {pattern[:_KEY] for pattern in self._sorted}
        self._search = BytesAhoCorasick(
            self._sorted,
            matchkind=MatchKind.Standard,
            implementation=Implementation.DFA if self.fast else Implementation.ContiguousNFA,
        )

    def matches(self, data: bytes) -> list[Match]:
        """Every occurrence, overlapping ones too, in no order."""
        if self._sieve is None or len(data) < _WORTH_SIEVING:
            return self._search.find_matches_as_indexes(data, overlapping=True)
        hits = self._sieve.hits(data)
        if len(hits) * _DENSE > len(data):
            return self._search.find_matches_as_indexes(data, overlapping=True)
        return self._matches_in_lines(data, hits)

    def _matches_in_lines(self, data: bytes, places: list[int]) -> list[Match]:
        found: list[Match] = []
        end = -1
        for place in places:
            if place < end:
                continue
            start = data.rfind(b"\n", 0, place) + 1
            end = data.find(b"\n", place) + 1 or len(data)
            line = self._search.find_matches_as_indexes(data[start:end], overlapping=True)
            found += [(pattern, start + first, start + last) for pattern, first, last in line]
        return found

    def unfinished(self, data: bytes) -> int:
        """How many bytes at the end of ``data`` may be the beginning of a pattern."""
        for start in range(max(0, len(data) - self.longest + 1), len(data)):
            if self._may_start(data, start):
                return len(data) - start
        return 0

    def _may_start(self, data: bytes, start: int) -> bool:
        if len(data) - start >= _KEY and data[start : start + _KEY] not in self._keys:
            return False
        rest = data[start:]
        place = bisect_left(self._sorted, rest)
        return place < len(self._sorted) and self._sorted[place].startswith(rest)


def _without_covered(ordered: list[bytes]) -> list[bytes]:
    """Leave out each pattern that a shorter one at its start and a shorter one at its end cover together.

    Whatever it would mask, they mask. ``ordered`` is sorted, and so is the result.
    """
    starts = dict(_nested(ordered))
    ends = {pattern[::-1]: inner[::-1] for pattern, inner in _nested(sorted(pattern[::-1] for pattern in ordered))}
    return [
        pattern
        for pattern in ordered
        if not (pattern in starts and pattern in ends and len(starts[pattern]) + len(ends[pattern]) >= len(pattern))
    ]


def _nested(ordered: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each pattern that begins with another one, and the longest such."""
    open_prefixes: list[bytes] = []
    for pattern in ordered:
        while open_prefixes and not pattern.startswith(open_prefixes[-1]):
            open_prefixes.pop()
        if open_prefixes:
            yield pattern, open_prefixes[-1]
        open_prefixes.append(pattern)


def merge_matches(matches: list[Match]) -> list[tuple[int, int]]:
    """Start and end of what is covered, in order; matches that overlap or touch are made one."""
    matches.sort(key=_START)
    merged: list[tuple[int, int]] = []
    first, reach = 0, -1
    for _, start, end in matches:
        if start > reach:
            if reach >= 0:
                merged.append((first, reach))
            first, reach = start, end
        elif end > reach:
            reach = end
    if reach >= 0:
        merged.append((first, reach))
    return merged
