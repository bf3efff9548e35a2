"""A measure's history as a drawing. In: a trend. Out: SVG: values, the levels they keep, and where these changed.

Colours are classes of ``chart.css``, so that a drawing fits the page it stands in; one on its own brings them along.
"""

from __future__ import annotations

from importlib.resources import files

from markupsafe import Markup
from msgspec import Struct

from sluice.evidence.model import Better
from sluice.evidence.units import convert
from sluice.gates.history.changes import ChangePoint
from sluice.gates.history.trend import Point, Trend
from sluice.gates.verdict.amounts import readable_unit, show_amount, show_value
from sluice.views.text.lines import label
from sluice.views.text.wording import count
from sluice.views.trends.axes import Scale, place_scale, spread, value_scale

WIDTH = 960
_LEFT, _RIGHT = 76, 924
_PLOT = 216
_HEAD = 58
_FLAGS = 58
_FOOT = 52
_DAYS = 7
_NAMESPACE = ' xmlns="http://www.w3.org/2000/svg"'
_FLAG_WIDTH, _FLAG_HEIGHT, _FLAG_ROWS = 64, 18, 3


def chart_style() -> str:
    """The style that a page with drawings needs."""
    return files("sluice.views.trends").joinpath("assets", "chart.css").read_text(encoding="utf-8")


def draw_file(trend: Trend) -> str:
    """The drawing as a file of its own, light or dark as its reader likes. It needs a point at least."""
    chart = _Chart.of(trend, _HEAD, None)
    head = Markup(
        '<text class="name" x="24" y="34">{name}</text><text class="said" x="24" y="53">{said}</text>'
        '<text class="latest" x="{x}" y="38">{latest}</text>'
    ).format(name=label(trend.name), said=describe(trend), x=_RIGHT, latest=latest(trend))
    sheet = Markup('<rect class="sheet" width="{}" height="{}" rx="10"/>').format(WIDTH, chart.height)
    style = Markup("<style>{}</style>").format(Markup(chart_style()))  # noqa: S704  # a file of this package
    return _svg(chart, Markup().join((style, sheet, head)), _NAMESPACE) + "\n"


def draw_chart(trend: Trend, commit: str | None = None) -> Markup:
    """The drawing for a page that names it; ``commit`` is the one the page is about. It needs a point at least."""
    return _svg(_Chart.of(trend, 0, commit), Markup())


def describe(trend: Trend) -> str:
    """``24 values, 1 change of level, lower is better``."""
    changes = len(trend.changes)
    return f"{count(len(trend.points), 'value')}, {count(changes, 'change')} of level, {trend.better} is better"


def latest(trend: Trend) -> str:
    """The newest value."""
    return show_value(trend.points[-1].value, trend.unit)


def is_worse(trend: Trend, change: ChangePoint) -> bool:
    """Whether the level moved to the worse side."""
    return (change.after > change.before) == (trend.better is Better.LOWER)


def _svg(chart: _Chart, head: Markup, space: str = "") -> Markup:
    said = f"{label(chart.trend.name)}: {describe(chart.trend)}, latest {latest(chart.trend)}"
    return Markup(
        '<svg{space} class="trend" viewBox="0 0 {width} {height}" role="img" aria-label="{said}">{head}{parts}</svg>'
    ).format(
        space=Markup(space),  # noqa: S704  # a constant
        width=WIDTH,
        height=chart.height,
        said=said,
        head=head,
        parts=Markup().join((chart.grid(), chart.days(), chart.line(), chart.levels(), chart.flags(), chart.dots())),
    )


class _Chart(Struct, frozen=True):
    trend: Trend
    changes: list[ChangePoint]
    across: Scale
    up: Scale
    unit: str
    commit: str | None

    @classmethod
    def of(cls, trend: Trend, head: int, commit: str | None) -> _Chart:
        values = [point.value for point in trend.points]
        top = head + _FLAGS
        unit = readable_unit(max(values, key=abs), trend.unit)
        scaled = [convert(value, trend.unit, unit) for value in values]
        across = place_scale(len(values), _LEFT + 14, _RIGHT - 14)
        return cls(trend, trend.changes, across, value_scale(scaled, top + _PLOT, top), unit, commit)

    @property
    def height(self) -> int:
        return round(self.up.start) + _FOOT

    def y(self, value: float) -> float:
        return self.up.at(convert(value, self.trend.unit, self.unit))

    def grid(self) -> Markup:
        rows = (
            Markup('<path class="grid" d="M{left} {y}H{right}"/><text class="tick up" x="{x}" y="{base}">{text}</text>')
            .format(left=_LEFT, right=_RIGHT, x=_LEFT - 10, y=_short(place), base=_short(place + 4), text=f"{tick:g}")
            for tick, place in ((tick, self.up.at(tick)) for tick in self.up.ticks())
        )  # fmt: skip
        axis = Markup('<text class="axis up" x="{}" y="{}">{}</text>').format(
            _LEFT - 10, _short(self.up.end - 14), "" if self.unit == "count" else self.unit
        )
        return Markup().join((axis, *rows))

    def days(self) -> Markup:
        base = self.up.start
        places = spread(len(self.trend.points), _DAYS)
        ticks = (
            Markup('<path class="grid" d="M{x} {y}v5"/><text class="tick" x="{x}" y="{base}">{day}</text>').format(
                x=_short(self.across.at(place)),
                y=_short(base),
                base=_short(base + 20),
                day=self.trend.points[place].day,
            )
            for place in places
        )
        axis = Markup('<text class="axis" x="{}" y="{}">commits, oldest first</text>').format(
            (_LEFT + _RIGHT) // 2, _short(base + 40)
        )
        return Markup().join((*ticks, axis))

    def line(self) -> Markup:
        places = (
            f"{_short(self.across.at(at))} {_short(self.y(one.value))}" for at, one in enumerate(self.trend.points)
        )
        return Markup('<path class="values" d="M{}"/>').format("L".join(places))

    def levels(self) -> Markup:
        """A line for each level, from its first value to its last."""
        if not self.changes:
            return Markup()
        edges = [0, *(change.index for change in self.changes), len(self.trend.points)]
        medians = [self.changes[0].before, *(change.after for change in self.changes)]
        return Markup().join(
            Markup('<path class="level" d="M{} {}H{}"><title>level {}</title></path>').format(
                _short(self.across.at(start - 0.35)), _short(self.y(median)), _short(self.across.at(end - 0.65)),
                show_value(median, self.trend.unit),
            )
            for start, end, median in zip(edges, edges[1:], medians, strict=False)
        )  # fmt: skip

    def flags(self) -> Markup:
        """Where the level changed, and by how much; flags that would cover one another fly lower."""
        drawn: list[Markup] = []
        ends = [-1.0] * _FLAG_ROWS
        for change in self.changes:
            x = self.across.at(change.index - 0.5)
            row = next((row for row, end in enumerate(ends) if x - _FLAG_WIDTH / 2 > end), _FLAG_ROWS - 1)
            ends[row] = x + _FLAG_WIDTH / 2
            drawn.append(self.flag(change, x, self.up.end - _FLAGS + 2 + row * (_FLAG_HEIGHT + 1)))
        return Markup().join(drawn)

    def flag(self, change: ChangePoint, x: float, y: float) -> Markup:
        point = self.trend.points[change.index]
        before, after = (show_value(one, self.trend.unit) for one in (change.before, change.after))
        amount = show_amount(change.change, self.trend.unit, relative=True)
        return Markup(
            '<g class="{kind}"><title>{title}</title><path class="pole" d="M{x} {y}V{base}"/>'
            '<rect class="flag" x="{left}" y="{y}" width="{width}" height="{height}" rx="9"/>'
            '<text class="amount" x="{x}" y="{text}">{amount}</text></g>'
        ).format(
            kind="worse" if is_worse(self.trend, change) else "better",
            title=f"{amount} from {point.commit[:7]} ({point.day}) on: {before} before, {after} since",
            x=_short(x),
            y=_short(y),
            base=_short(self.up.start),
            left=_short(x - _FLAG_WIDTH / 2),
            width=_FLAG_WIDTH,
            height=_FLAG_HEIGHT,
            text=_short(y + 13),
            amount=amount,
        )

    def dots(self) -> Markup:
        return Markup().join(self.dot(at, point) for at, point in enumerate(self.trend.points))

    def dot(self, at: int, point: Point) -> Markup:
        """A point, with a larger one around it that nobody sees: it is easier to point at."""
        here = bool(self.commit) and point.commit == self.commit
        return Markup(
            '<g class="point{here}"><circle class="touch" cx="{x}" cy="{y}" r="9"/><circle cx="{x}" cy="{y}" r="{r}"/>'
            "<title>{title}</title></g>"
        ).format(
            here=" here" if here else "",
            x=_short(self.across.at(at)),
            y=_short(self.y(point.value)),
            r=5 if here else 3.2 if len(self.trend.points) <= 120 else 2,
            title=f"{show_value(point.value, self.trend.unit)}, {point.commit[:7]}, {point.day}",
        )


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
