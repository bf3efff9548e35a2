"""The lines between two neighbouring columns of a text picture.

In: which rows on the left lead to which rows on the right. Out: upright tracks, and the characters of every cell.
Sources with the same targets share one track, a bus. Lines that merely cross are drawn so that the upright one stays
whole; lines that meet get a corner or a tee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

from msgspec import Struct

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_GLYPHS = {
    LEFT | RIGHT: "─",
    UP | DOWN: "│",
    DOWN | RIGHT: "╭",
    DOWN | LEFT: "╮",
    UP | RIGHT: "╰",
    UP | LEFT: "╯",
    UP | DOWN | RIGHT: "├",
    UP | DOWN | LEFT: "┤",
    LEFT | RIGHT | DOWN: "┬",
    LEFT | RIGHT | UP: "┴",
    LEFT | RIGHT | UP | DOWN: "┼",
    LEFT: "─",
    RIGHT: "─",
}
_MOST_TRIED = 6
_MEETING = 3


class Bus(Struct, frozen=True, kw_only=True):
    """Rows on the left that all lead to the same rows on the right."""

    sources: frozenset[int]
    targets: frozenset[int]

    @property
    def top(self) -> int:
        """The highest row it touches."""
        return min(self.sources | self.targets)

    @property
    def bottom(self) -> int:
        """The lowest row it touches."""
        return max(self.sources | self.targets)

    @property
    def is_straight(self) -> bool:
        """Whether one row is all it needs."""
        return self.top == self.bottom


class TangledError(Exception):
    """No order of tracks keeps two lines in ``row`` apart: the right side must move by a row."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def gather(links: Iterable[tuple[int, int]]) -> list[Bus]:
    """The buses of a channel, from links of row to row."""
    targets: dict[int, set[int]] = {}
    for source, target in links:
        targets.setdefault(source, set()).add(target)
    sources: dict[frozenset[int], set[int]] = {}
    for source, reached in targets.items():
        sources.setdefault(frozenset(reached), set()).add(source)
    return [Bus(sources=frozenset(rows), targets=reached) for reached, rows in sources.items()]


def lay_tracks(buses: list[Bus]) -> list[list[Bus]]:
    """The buses that need an upright track, track by track from the left. Raises ``TangledError``.

    A line that leaves a row must end before one of another bus arrives in it.
    """
    bent = [bus for bus in buses if not bus.is_straight]
    straight = [bus for bus in buses if bus.is_straight]
    for bus in bent:
        if any(bus.sources & other.targets or bus.targets & other.sources for other in straight):
            raise TangledError(min(bus.targets))
    return _packed(_best_order(bent))


def _best_order(bent: list[Bus]) -> list[Bus]:
    ordered = _by_constraint(sorted(bent, key=lambda bus: (min(bus.targets), min(bus.sources))))
    if len(bent) > _MOST_TRIED:
        return ordered
    allowed = (list(order) for order in permutations(ordered) if _is_allowed(order))
    return min(allowed, key=_confusion)


def _by_constraint(bent: list[Bus]) -> list[Bus]:
    placed: list[Bus] = []
    waiting = list(bent)
    while waiting:
        free = next((bus for bus in waiting if not any(_must_precede(other, bus) for other in waiting)), None)
        if free is None:
            raise TangledError(min(min(bus.targets) for bus in waiting))
        placed.append(free)
        waiting.remove(free)
    return placed


def _must_precede(one: Bus, other: Bus) -> bool:
    """``one`` leaves a row that ``other`` arrives in."""
    return one is not other and bool((one.sources - one.targets) & other.targets)


def _is_allowed(order: tuple[Bus, ...]) -> bool:
    return not any(_must_precede(later, bus) for place, bus in enumerate(order) for later in order[place + 1 :])


def _confusion(order: Sequence[Bus]) -> int:
    """How hard an order of tracks is to read: lines that cross, and, worse, lines that meet amid another's track."""
    pairs = ((left, right) for place, left in enumerate(order) for right in order[place + 1 :])
    return sum(_confusion_of(left, right) for left, right in pairs)


def _confusion_of(left: Bus, right: Bus) -> int:
    passing = [row for row in left.targets if right.top < row < right.bottom]
    meeting = sum(1 for row in passing if row in right.targets)
    crossing = len(passing) - meeting + sum(1 for row in right.sources if left.top < row < left.bottom)
    return crossing + _MEETING * meeting


def _packed(order: list[Bus]) -> list[list[Bus]]:
    """Put neighbours whose stretches leave a row between them on one track."""
    tracks: list[list[Bus]] = []
    for bus in order:
        last = tracks[-1] if tracks else None
        if last is not None and all(bus.top > other.bottom + 1 or bus.bottom < other.top - 1 for other in last):
            last.append(bus)
        else:
            tracks.append([bus])
    return tracks


def draw_channel(buses: list[Bus], tracks: list[list[Bus]], width: int) -> Mapping[tuple[int, int], str]:
    """The characters of a channel by row and column; track ``n`` stands in column ``1 + 2 * n``."""
    column = {bus: 1 + 2 * number for number, track in enumerate(tracks) for bus in track}
    cells: dict[tuple[int, int], list[int]] = {}
    for bus in buses:
        for place, bits in _strokes(bus, column.get(bus, 0), width).items():
            cells.setdefault(place, []).append(bits)
    return {place: _glyph(strokes) for place, strokes in cells.items()}


def _strokes(bus: Bus, track: int, width: int) -> dict[tuple[int, int], int]:
    strokes: dict[tuple[int, int], int] = {}

    def add(row: int, column: int, bits: int) -> None:
        strokes[row, column] = strokes.get((row, column), 0) | bits

    for row in bus.sources:
        for column in range(track):
            add(row, column, LEFT | RIGHT)
        add(row, track, LEFT)
    for row in bus.targets:
        add(row, track, RIGHT)
        for column in range(track + 1, width):
            add(row, column, LEFT | RIGHT)
    for row in range(bus.top, bus.bottom):
        add(row, track, DOWN)
        add(row + 1, track, UP)
    return strokes


def _glyph(strokes: list[int]) -> str:
    upright = [bits for bits in strokes if bits == UP | DOWN]
    level = [bits for bits in strokes if bits == LEFT | RIGHT]
    if upright and level and len(upright) + len(level) == len(strokes):
        return "│"
    together = 0
    for bits in strokes:
        together |= bits
    return _GLYPHS[together]
