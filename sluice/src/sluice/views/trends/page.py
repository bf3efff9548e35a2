"""All measures of a repository on one page. In: trends. Out: HTML, the ones whose level changed last first."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import quote

from markupsafe import Markup
from msgspec import Struct

from sluice import __version__
from sluice.gates.history.trend import Trend
from sluice.gates.verdict.amounts import show_amount, show_value
from sluice.views.text.lines import label
from sluice.views.trends.drawing import chart_style, describe, draw_chart, is_worse, latest


class About(Struct, frozen=True, kw_only=True):
    """What the page is about: a title, and the commit that is marked in the drawings, where there is one.

    ``left_out`` is how many measures the page has no room for; ``back`` is the page it belongs to, and
    ``back_to`` what that is called.
    """

    title: str
    commit: str | None = None
    left_out: int = 0
    back: str = ""
    back_to: str = "Report of the run"


class Change(Struct, frozen=True, kw_only=True):
    """The newest change of a level in words."""

    kind: str
    amount: str
    where: str


class Card(Struct, frozen=True, kw_only=True):
    """One measure as the page shows it; a single value has no ``chart``: there is nothing to compare it with."""

    anchor: str
    name: str
    latest: str
    said: str
    change: Change | None
    chart: Markup | None


def render_trends(trends: Sequence[Trend], about: About) -> str:
    """The page."""
    ordered = sorted((trend for trend in trends if trend.points), key=lambda trend: (_age(trend), trend.name))
    cards = [_card(trend, about.commit) for trend in ordered]
    return _PAGE.format(
        title=about.title,
        style=Markup(_style()),  # noqa: S704  # files of this package
        back=_BACK.format(about.back, about.back_to) if about.back else "",
        content=_content(cards, about.left_out) if cards else _NOTHING,
        version=__version__,
    )


def _content(cards: Sequence[Card], left_out: int) -> Markup:
    rows = Markup().join(
        _ROW.format(_name(card), card.latest, _CHANGE.format(change=card.change) if card.change else _NONE)
        for card in cards
    )
    more = _MORE.format(left_out) if left_out else Markup()
    if any(card.chart is None for card in cards):
        more += _ONCE
    return Markup().join((_TABLE.format(rows), more, *(_SECTION.format(card=card) for card in cards if card.chart)))


def _name(card: Card) -> Markup:
    return _LINK.format(card.anchor, card.name) if card.chart else Markup.escape(card.name)


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
        chart=draw_chart(trend, commit) if len(trend.points) > 1 else None,
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
    return files("sluice.views.trends").joinpath("assets", "page.css").read_text(encoding="utf-8") + chart_style()


_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}: measures</title>
<style>{style}</style>
</head>
<body>
<header>{back}<h1>Measures <small>{title}</small></h1></header>
<main>
{content}</main>
<footer>written by sluice {version}</footer>
</body>
</html>
"""
)
_BACK = Markup('<p class="back"><a href="{}">{}</a></p>')
_TABLE = Markup(
    """<div class="scroll"><table>
<thead><tr><th scope="col">Measure</th><th scope="col" class="number">Latest</th>\
<th scope="col">Last change of level</th></tr></thead>
<tbody>
{}</tbody></table></div>
"""
)
_ROW = Markup('<tr><td>{}</td><td class="number">{}</td><td>{}</td></tr>\n')
_LINK = Markup('<a href="#{}">{}</a>')
_ONCE = Markup('<p class="quiet">A measure is drawn from its second value on.</p>\n')
_CHANGE = Markup('<b class="{change.kind}">{change.amount}</b> {change.where}')
_NONE = Markup('<span class="quiet">none</span>')
_MORE = Markup('<p class="quiet">And {} more: <code>sluice trend NAME</code> draws each.</p>\n')
_SECTION = Markup(
    """<section id="{card.anchor}"><h2>{card.name} <small>{card.said}</small><b>{card.latest}</b></h2>
<div class="drawing">{card.chart}</div></section>
"""
)
_NOTHING = Markup(
    '<p class="quiet">Nothing was recorded yet: <code>sluice gate --record</code> keeps the measures it judges.</p>\n'
)
