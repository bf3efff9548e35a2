"""A graph as one SVG file that needs nothing else: light by itself, dark where the reader's screen is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from msgspec import Struct

from sluice.plan.drawing.layers import Layers, Vertex, arrange, heights
from sluice.plan.drawing.metrics import fit, text_width
from sluice.plan.drawing.view import GraphView, NodeView

_MARGIN = 24.0
_PLAIN_HEIGHT = 40.0
_DETAIL_HEIGHT = 54.0
_GAP = 16.0
_WAYPOINT_HEIGHT = 12.0
_CHANNEL = 72.0
_LABEL_SIZE = 13.0
_DETAIL_SIZE = 11.0
_LONGEST_TEXT = 240.0
_TEXT_START = 38.0
_TEXT_END = 16.0
_STACK = 4.0
_TITLE_HEIGHT = 34.0

_LIGHT = {
    "page": "#f6f8fa",
    "card": "#ffffff",
    "line": "#d1d9e0",
    "edge": "#afb8c1",
    "text": "#1f2328",
    "quiet": "#59636e",
    "success": "#1a7f37",
    "failure": "#cf222e",
    "cancelled": "#6e7781",
    "skipped": "#8c959f",
    "running": "#bf8700",
    "waiting": "#bf8700",
    "queued": "#0969da",
    "mark": "#ffffff",
}
_DARK = {
    "page": "#0d1117",
    "card": "#161b22",
    "line": "#3d444d",
    "edge": "#57606a",
    "text": "#f0f6fc",
    "quiet": "#9198a1",
    "success": "#3fb950",
    "failure": "#f85149",
    "cancelled": "#848d97",
    "skipped": "#6e7681",
    "running": "#d29922",
    "waiting": "#d29922",
    "queued": "#4493f8",
    "mark": "#0d1117",
}
# Marks in a circle of radius 8 around 0,0.
_MARK_PATHS = {
    "success": "M-3.6 .3 -1.2 2.8 3.8 -2.6",
    "failure": "M-2.8 -2.8 2.8 2.8M2.8 -2.8 -2.8 2.8",
    "cancelled": "M-3 0H3",
    "skipped": "M-2.8 2.8 2.8 -2.8",
    "running": "M-2.2 -3 3 0 -2.2 3Z",
    "waiting": "M0 -3.6V0L2.4 2",
}


class _Measures(Struct, frozen=True, kw_only=True):
    """Everything's place in pixels: middles of vertices, left edges and widths of columns, the picture's size."""

    layers: Layers
    middle: Mapping[Vertex, float]
    left: Sequence[float]
    width: Sequence[float]
    total_width: float
    total_height: float


def draw_svg(view: GraphView, *, background: bool = True, style: bool = True) -> str:
    """The graph as an SVG document; without ``background`` it takes the colour of the page around it, without ``style``
    all colours.
    """
    nodes = {node.key: node for node in view.nodes}
    measures = _measure(view, nodes)
    body = [*_page(measures, background=background), *_title(view), *_edges(measures), *_cards(measures, nodes)]
    return "\n".join([*_opening(view, measures), *([_style()] if style else []), *body, "</svg>", ""])


def _measure(view: GraphView, nodes: Mapping[str, NodeView]) -> _Measures:
    layers = arrange(list(nodes), view.edges)
    tall = {key: _DETAIL_HEIGHT if node.detail else _PLAIN_HEIGHT for key, node in nodes.items()}

    def reach(vertex: Vertex) -> float:
        return (_WAYPOINT_HEIGHT if vertex.waypoint else tall[vertex.key]) / 2

    middle = heights(layers, lambda upper, lower: reach(upper) + _GAP + reach(lower))
    top = min((height - reach(vertex) for vertex, height in middle.items()), default=0.0)
    start = _MARGIN + (_TITLE_HEIGHT if view.title else 0.0)
    middle = {vertex: height - top + start for vertex, height in middle.items()}
    widths = [max(_card_width(nodes[one.key]) for one in column if not one.waypoint) for column in layers.columns]
    lefts = [_MARGIN + sum(widths[:number]) + _CHANNEL * number for number in range(len(widths))]
    bottom = max((height + reach(vertex) for vertex, height in middle.items()), default=start)
    right = lefts[-1] + widths[-1] if widths else _MARGIN
    title = text_width(view.title, 15.0, bold=True) + _MARGIN if view.title else 0.0
    return _Measures(
        layers=layers,
        middle=middle,
        left=lefts,
        width=widths,
        total_width=max(right, title) + _MARGIN + _STACK,
        total_height=bottom + _MARGIN + _STACK,
    )


def _card_width(node: NodeView) -> float:
    label = text_width(node.label, _LABEL_SIZE, bold=True)
    detail = text_width(node.detail, _DETAIL_SIZE)
    return _TEXT_START + min(_LONGEST_TEXT, max(label, detail)) + _TEXT_END


def _opening(view: GraphView, measures: _Measures) -> Iterator[str]:
    width, height = _number(measures.total_width), _number(measures.total_height)
    name = _text(view.title or "Jobs")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sluice-graph" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{name}" '
        "font-family=\"-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif\">"
    )
    yield f"<title>{name}</title>"


def _style() -> str:
    """Colours of the dark screen; the light ones stand on the elements, for readers without style sheets."""
    rules = "".join(
        f".sluice-graph .fill-{name}{{fill:{value}}}.sluice-graph .stroke-{name}{{stroke:{value}}}"
        for name, value in _DARK.items()
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def _fill(name: str) -> str:
    return f'class="fill-{name}" fill="{_LIGHT[name]}"'


def _stroke(name: str, fill: str | None = None) -> str:
    filled = f' fill-{fill}" fill="{_LIGHT[fill]}"' if fill else '" fill="none"'
    return f'class="stroke-{name}{filled} stroke="{_LIGHT[name]}"'


def _page(measures: _Measures, *, background: bool) -> Iterator[str]:
    if background:
        size = f'width="{_number(measures.total_width)}" height="{_number(measures.total_height)}"'
        yield f'<rect {size} rx="12" {_fill("page")}/>'


def _title(view: GraphView) -> Iterator[str]:
    if view.title:
        place = f'x="{_number(_MARGIN)}" y="{_number(_MARGIN + 12)}"'
        yield f'<text {place} font-size="15" font-weight="600" {_fill("text")}>{_text(view.title)}</text>'


def _edges(measures: _Measures) -> Iterator[str]:
    for route in measures.layers.routes:
        end = route[-1]
        yield f'<path d="{_curve(measures, route)}" stroke-width="1.6" {_stroke("edge")}/>'
        yield f'<path d="{_arrow(measures.left[end.column] - 1, measures.middle[end])}" {_fill("edge")}/>'


def _arrow(x: float, y: float) -> str:
    return f"M{_point(x - 6, y - 4)}L{_point(x, y)}L{_point(x - 6, y + 4)}Z"


def _curve(measures: _Measures, route: Sequence[Vertex]) -> str:
    """From the right edge of the first card to the left edge of the last, level where it passes other columns."""
    start = route[0]
    x, y = measures.left[start.column] + measures.width[start.column], measures.middle[start]
    parts = [f"M{_point(x, y)}"]
    for vertex in route[1:]:
        left, height = measures.left[vertex.column], measures.middle[vertex]
        end = left if vertex.waypoint else left - 5
        bend = (end - x) / 2
        parts.append(f"C{_point(x + bend, y)} {_point(end - bend, height)} {_point(end, height)}")
        x, y = left + measures.width[vertex.column], height
        if vertex.waypoint:
            parts.append(f"H{_number(x)}")
    return "".join(parts)


def _point(x: float, y: float) -> str:
    return f"{_number(x)} {_number(y)}"


def _cards(measures: _Measures, nodes: Mapping[str, NodeView]) -> Iterator[str]:
    for column in measures.layers.columns:
        for vertex in column:
            if not vertex.waypoint:
                yield from _card(nodes[vertex.key], measures, vertex)


def _card(node: NodeView, measures: _Measures, vertex: Vertex) -> Iterator[str]:
    height = _DETAIL_HEIGHT if node.detail else _PLAIN_HEIGHT
    width = measures.width[vertex.column]
    x, y = measures.left[vertex.column], measures.middle[vertex] - height / 2
    border = "failure" if node.status == "failure" else "line"
    dashed = ' stroke-dasharray="4 3"' if node.status in {"skipped", "queued", "waiting"} else ""
    size = f'width="{_number(width)}" height="{_number(height)}" rx="8"'
    yield f'<g data-job="{_text(node.key)}"><title>{_text(_spoken(node))}</title>'
    if node.stacked:
        yield f'<rect x="{_number(x + _STACK)}" y="{_number(y + _STACK)}" {size} {_stroke("line", "card")}/>'
    yield f'<rect x="{_number(x)}" y="{_number(y)}" {size}{dashed} {_stroke(border, "card")}/>'
    yield from _mark(node.status, x + 20, y + height / 2)
    yield from _words(node, x + _TEXT_START, y + height / 2)
    yield "</g>"


def _spoken(node: NodeView) -> str:
    return " – ".join(part for part in (node.label, node.status, node.detail) if part)


def _mark(status: str | None, x: float, y: float) -> Iterator[str]:
    centre = f'cx="{_number(x)}" cy="{_number(y)}"'
    if status is None or status == "queued" or status not in _LIGHT:
        colour = "queued" if status == "queued" else "edge"
        yield f'<circle {centre} r="5" stroke-width="2" {_stroke(colour)}/>'
        return
    yield f'<circle {centre} r="8" {_fill(status)}/>'
    place = f'transform="translate({_number(x)} {_number(y)})"'
    line = 'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'
    yield f'<path {place} d="{_MARK_PATHS[status]}" {line} {_stroke("mark")}/>'


def _words(node: NodeView, x: float, y: float) -> Iterator[str]:
    label_at = y - 4 if node.detail else y + 4.5
    label = fit(node.label, _LABEL_SIZE, _LONGEST_TEXT, bold=True)
    colour = "quiet" if node.status == "skipped" else "text"
    yield (
        f'<text x="{_number(x)}" y="{_number(label_at)}" font-size="{_number(_LABEL_SIZE)}" font-weight="600" '
        f"{_fill(colour)}>{_text(label)}</text>"
    )
    if node.detail:
        detail = fit(node.detail, _DETAIL_SIZE, _LONGEST_TEXT)
        place = f'x="{_number(x)}" y="{_number(y + 13)}" font-size="{_number(_DETAIL_SIZE)}"'
        yield f"<text {place} {_fill('quiet')}>{_text(detail)}</text>"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return escape("".join(char if char.isprintable() else " " for char in text))
