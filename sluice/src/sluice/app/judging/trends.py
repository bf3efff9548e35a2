"""Measures over time: one name's or all of them, on the main branch. In: a repository and its history. Out: trends.

The main branch's commits count, in their order along first parents, each with what was last recorded on it. Where
there is no such branch, everything that was recorded counts, in the order of recording.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from sluice.app.judging.measuring import find_main, history_name
from sluice.app.writing import write_file
from sluice.evidence.units import UnitMismatchError, convert
from sluice.gates.history.trend import Point, Trend
from sluice.repository.git import git
from sluice.source.errors import UsageError
from sluice.store.ledgers.measures import MeasureHistory, Recorded

FAR = 10_000
"""Commits of the main branch that are looked through."""
MOST = 60
"""Measures on a page."""


def find_trend(root: Path, history: MeasureHistory, name: str, last: int, *, everything: bool = False) -> Trend:
    """The last values of ``name``, in the unit of the newest; ``everything`` takes other branches' too.

    Raises ``UsageError`` for a name that nothing was recorded under.
    """
    repository = history_name(root)
    recorded = history.series(repository, name)
    if not recorded:
        known = ", ".join(history.names(repository)[:20]) or "none"
        raise UsageError(f"No measure '{name}' was recorded here", hint=f"recorded are: {known}")
    order = None if everything else main_commits(root)
    trend = _trend(recorded, order, last)
    if trend is None:
        raise UsageError(f"'{name}' was recorded on other branches only", hint="show them: sluice trend --all")
    return trend


def find_trends(root: Path, history: MeasureHistory, last: int, most: int = MOST) -> tuple[list[Trend], int]:
    """The trends of the first ``most`` names that have any value on the main branch, and how many names are left."""
    repository = history_name(root)
    names = history.names(repository)
    order = main_commits(root)
    found = [_trend(history.series(repository, name), order, last) for name in names[:most]]
    return [trend for trend in found if trend], max(0, len(names) - most)


def write_drawing(path: Path, trend: Trend) -> None:
    """Draw the trend as SVG. Raises ``UsageError``."""
    from sluice.views.trends.drawing import draw_file

    write_file(path, draw_file(trend))


def write_page(path: Path, root: Path, history: MeasureHistory, last: int) -> None:
    """Write the page of all measures. Raises ``UsageError``."""
    from sluice.views.trends.page import About, render_trends

    trends, left_out = find_trends(root, history, last)
    write_file(path, render_trends(trends, About(title=root.name, left_out=left_out)))


def main_commits(root: Path) -> dict[str, int] | None:
    """The place of each commit on the main branch, the oldest first; nothing where there is no such branch."""
    main = find_main(root)
    listed = git(root, "rev-list", "--first-parent", "--reverse", f"--max-count={FAR}", main) if main else None
    return None if listed is None else {commit: place for place, commit in enumerate(listed.split())}


def _trend(recorded: Sequence[Recorded], order: dict[str, int] | None, last: int) -> Trend | None:
    kept = recorded if order is None else _on_main(recorded, order)
    if not kept:
        return None
    newest = kept[-1].measure
    points = tuple(_points(kept[-last:], newest.unit))
    return Trend(name=newest.name, unit=newest.unit, better=newest.better, points=points)


def _on_main(recorded: Iterable[Recorded], order: dict[str, int]) -> list[Recorded]:
    latest = {one.commit: one for one in recorded if one.commit in order}
    return sorted(latest.values(), key=lambda one: order[one.commit])


def _points(recorded: Iterable[Recorded], unit: str) -> Iterable[Point]:
    """Values in one unit; one that was measured in something else is no point of this history."""
    for one in recorded:
        try:
            value = convert(one.measure.value, one.measure.unit, unit)
        except UnitMismatchError:
            continue
        yield Point(commit=one.commit, day=_day(one.time), value=value)


def _day(time_of_run: float) -> str:
    return dt.datetime.fromtimestamp(time_of_run, tz=dt.UTC).date().isoformat()
