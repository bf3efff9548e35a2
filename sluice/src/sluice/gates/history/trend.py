"""A measure's history as lines of text. In: values by commit. Out: a line each, levels and where they changed."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sluice.evidence.model import Better
from sluice.gates.history.changes import ChangePoint, find_changes
from sluice.gates.verdict.amounts import show_amount, show_value

WIDTH = 40
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Point(Struct, frozen=True, kw_only=True):
    """A value on a commit, with the day of the run as text."""

    commit: str
    day: str
    value: float


class Trend(Struct, frozen=True, kw_only=True):
    """A measure's history in one unit, oldest point first."""

    name: str
    unit: str
    better: Better
    points: tuple[Point, ...]

    @property
    def changes(self) -> list[ChangePoint]:
        """Where the level changed, oldest first."""
        return find_changes([point.value for point in self.points])


def draw_trend(name: str, unit: str, points: Sequence[Point]) -> list[str]:
    """A headline, then a bar for each point, oldest first; the first point of a new level says how it changed."""
    changes = {change.index: change for change in find_changes([point.value for point in points])}
    lines = [f"{name}: {_count(len(points), 'value')}, {_count(len(changes), 'change')} of level"]
    largest = max((abs(point.value) for point in points), default=0.0)
    for index, point in enumerate(points):
        bar = _bar(abs(point.value) / largest if largest else 0.0)
        shown = show_value(point.value, unit)
        lines.append(
            f"{point.day}  {point.commit[:7]:<7}  {shown:>10}  {bar}{_told(changes.get(index), unit)}".rstrip()
        )
    return lines


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _bar(share: float) -> str:
    eighths = round(share * WIDTH * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(WIDTH)


def _told(change: ChangePoint | None, unit: str) -> str:
    if change is None:
        return ""
    before, after = show_value(change.before, unit), show_value(change.after, unit)
    return f"  {show_amount(change.change, unit, relative=True)}: {before} before, {after} from here"
