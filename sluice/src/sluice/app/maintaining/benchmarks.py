"""Measures whose level changed on the main branch: the gates look at one change, this at the way they all go."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterator

from sluice.app.judging.measuring import history_name
from sluice.app.judging.trends import find_trends
from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import Finding, Section
from sluice.evidence.model import Better
from sluice.gates.history.trend import Trend
from sluice.gates.verdict.amounts import show_amount, show_value
from sluice.store.ledgers.measures import MeasureHistory
from sluice.views.text.wording import count

LAST, MOST = 200, 2000
"""Values of each measure that are looked through, and measures."""


def look_at_benchmarks(scene: Scene) -> Section:
    """Levels that changed for good in the span: for the worse a finding, for the better a fact."""
    history = MeasureHistory(scene.places.measures)
    if not scene.places.measures.is_file() or not history.names(history_name(scene.root)):
        return Section(nothing="no measure is recorded here: sluice gate --record keeps them")
    trends, left_out = find_trends(scene.root, history, LAST, MOST)
    since = dt.datetime.fromtimestamp(scene.span.since, tz=dt.UTC).date().isoformat()
    changed = [found for trend in trends for found in _changes(trend, since)]
    newest = sum(bool(trend.points) and trend.points[-1].day >= since for trend in trends)
    return Section(
        findings=tuple(
            Finding(text=text, commands=(f"sluice trend {shlex.quote(name)}",)) for name, text, bad in changed if bad
        ),
        facts=(
            f"{count(newest, 'measure')} recorded on the main branch since, of {len(trends)}",
            *(text for _, text, bad in changed if not bad),
        ),
        unseen=(
            *([f"{left_out} more measures were not looked at"] if left_out else []),
            *([] if newest else ["no measure was recorded on the main branch since"]),
        ),
    )


def _changes(trend: Trend, since: str) -> Iterator[tuple[str, str, bool]]:
    for change in trend.changes:
        point = trend.points[change.index]
        if point.day < since:
            continue
        rose = change.after > change.before
        bad = trend.better is (Better.LOWER if rose else Better.HIGHER)
        before, after = show_value(change.before, trend.unit), show_value(change.after, trend.unit)
        values = f"{before} before, {after} from {point.commit[:7]}"
        yield trend.name, f"{trend.name} {show_amount(change.change, trend.unit, relative=True)}: {values}", bad
