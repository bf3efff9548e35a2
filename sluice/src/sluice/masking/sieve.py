"""Find out quickly where none of many byte strings stands. In: patterns without line breaks. Out: places to look at.

Each pattern is represented by a short piece of it, an anchor that it shares with others where it can: the forms of
one secret have most of their characters in common. So few anchors are searched for by vector instructions, at
gigabytes a second; only lines with an anchor need the exact search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from ahocorasick_rs import BytesAhoCorasick, MatchKind

_WINDOW = 6
_SHORTEST = 3
"""Anchors shorter than this stand everywhere."""

_GROUP = 64
"""Up to this many short strings are searched for by vector instructions at once."""

_MOST_GROUPS = 8
"""With more groups than this the exact search alone is faster."""

_MOST_PATTERNS = 4096
"""More of them than this would need more groups."""


class Sieve:
    """Searches for anchors. ``useful`` is false when the patterns are too short or too many."""

    __slots__ = ("_searches", "useful")

    def __init__(self, patterns: Collection[bytes]) -> None:
        self.useful = len(patterns) <= _MOST_PATTERNS and min(map(len, patterns), default=0) >= _SHORTEST
        anchors = sorted(choose_anchors(patterns)) if self.useful else []
        self.useful = self.useful and len(anchors) <= _GROUP * _MOST_GROUPS
        groups = [anchors[start : start + _GROUP] for start in range(0, len(anchors), _GROUP)] if self.useful else []
        self._searches = [BytesAhoCorasick(group, matchkind=MatchKind.LeftmostFirst) for group in groups]

    def hits(self, data: bytes) -> list[int]:
        """Sorted places of anchors: every line with a pattern has one at least."""
        found = []
        for search in self._searches:
            found += [start for _, start, _ in search.find_matches_as_indexes(data)]
        found.sort()
        return found


def choose_anchors(patterns: Collection[bytes]) -> set[bytes]:
    """Strings of which every pattern contains at least one, as few as is cheap to find."""
    popular = Counter(window for pattern in patterns for window in set(_windows(pattern)))
    anchors: set[bytes] = set()
    short: list[bytes] = []
    for pattern in sorted(patterns, key=len):
        windows = _windows(pattern)
        if not anchors.isdisjoint(windows) or any(anchor in pattern for anchor in short):
            continue
        anchor = max(windows, key=lambda window: (popular[window], len(set(window))))
        anchors.add(anchor)
        if len(anchor) < _WINDOW:
            short.append(anchor)
    return anchors


def _windows(pattern: bytes) -> list[bytes]:
    return [pattern[start : start + _WINDOW] for start in range(max(1, len(pattern) - _WINDOW + 1))]
