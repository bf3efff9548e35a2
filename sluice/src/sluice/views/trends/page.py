"""All measures of a repository on one page. In: trends. Out: HTML, the ones whose level changed last first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sluice import __version__
from sluice.gates.history.trend import Trend
from sluice.gates.verdict.amounts import show_amount, show_value
from sluice.views.lines import label
from sluice.views.trends.drawing import chart_style, describe, draw_chart, is_worse, latest


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the page is about: a title, and the commit that is marked in the drawings, where there is one.

    ``left_out`` is how many measures the page has no room for; ``back`` is the page it belongs to.
    """

    title: str
    commit: str | None = None
    left_out: int = 0
    back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The newest change of a level in words."""

    kind: str
    amount: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One measure as the page shows it."""

    anchor: str
    name: str
    latest: str
    said: str
    change: Change | None
    chart: Markup


def render_trends(trends: Sequence[Trend], about: About) -> str:
    """The page."""
    ordered = sorted((trend for trend in trends if trend.points), key=lambda trend: (_age(trend), trend.name))
    return _environment().get_template("trends.html.jinja").render(
        about=about,
        cards=[_card(trend, about.commit) for trend in ordered],
        style=Markup(_style()),  # noqa: S704  # files of this package
        version=__version__,
    )  # fmt: skip


def _age(trend: Trend) -> float:
    """How many values ago the level changed last."""
    changes = trend.changes
    return len(trend.points) - changes[-1].index if changes else float("inf")


def _card(trend: Trend, commit: str | None) -> Card:
    return Card(
        anchor=quote(trend.name, safe=""),
        name=label(trend.name),
        latest=latest(trend),
        said=describe(trend),
        change=_newest_change(trend),
        chart=draw_chart(trend, commit),
    )


def _newest_change(trend: Trend) -> Change | None:
    changes = trend.changes
    if not changes:
        return None
    newest = changes[-1]
    point = trend.points[newest.index]
    before, after = (show_value(one, trend.unit) for one in (newest.before, newest.after))
    return Change(
        kind="worse" if is_worse(trend, newest) else "better",
        amount=show_amount(newest.change, trend.unit, relative=True),
        where=f"since {point.commit[:7]} of {point.day}, {before} before, {after} from there",
    )


def _style() -> str:
    return files("sluice.views.trends").joinpath("templates", "page.css").read_text(encoding="utf-8") + chart_style()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("sluice.views.trends"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
