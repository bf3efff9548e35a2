"""The graph of a run's jobs as a drawing, coloured by how they ended. In: a run's state. Out: SVG."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from sluice.events.state import NodeState, RunState
from sluice.views.lines import label
from sluice.views.outline import job_state
from sluice.views.report.anchors import job_anchor

_WIDTH = 168
_HEIGHT = 34
_GAP_ACROSS = 64
_GAP_DOWN = 14
_CHARACTERS = 21


@dataclass(frozen=True, slots=True)
class _Place:
    x: int
    y: int


def draw_graph(state: RunState) -> Markup:
    """The run's own jobs, each right of everything it needs; nothing for a run of a single job."""
    nodes = {node.key: node for node in state.nodes_below()}
    if len(nodes) < 2:
        return Markup()
    places = _places(nodes)
    edges = [_edge(places[need], places[key]) for key, node in nodes.items() for need in node.needs if need in nodes]
    boxes = [_box(state, node, places[key]) for key, node in nodes.items()]
    return Markup(
        '<svg class="graph" viewBox="0 0 {w} {h}" style="max-width:{w}px" role="img" aria-label="Graph of the jobs">'
        "{edges}{boxes}</svg>"
    ).format(
        w=max(place.x for place in places.values()) + _WIDTH + 2,
        h=max(place.y for place in places.values()) + _HEIGHT + 2,
        edges=Markup().join(edges),
        boxes=Markup().join(boxes),
    )


def _places(nodes: dict[str, NodeState]) -> dict[str, _Place]:
    columns: dict[str, int] = {}
    for key in nodes:
        _column(key, nodes, columns)
    rows: dict[int, int] = {}
    places = {}
    for key in nodes:
        column = columns[key]
        row = rows.get(column, 0)
        rows[column] = row + 1
        places[key] = _Place(1 + column * (_WIDTH + _GAP_ACROSS), 1 + row * (_HEIGHT + _GAP_DOWN))
    return places


def _column(key: str, nodes: dict[str, NodeState], known: dict[str, int]) -> int:
    """One more than the farthest need; a stream that was tampered with may go in circles."""
    if key not in known:
        known[key] = 0
        known[key] = max((_column(need, nodes, known) + 1 for need in nodes[key].needs if need in nodes), default=0)
    return known[key]


def _edge(start: _Place, end: _Place) -> Markup:
    x, y, to_x, to_y = start.x + _WIDTH, start.y + _HEIGHT // 2, end.x, end.y + _HEIGHT // 2
    bend = _GAP_ACROSS // 2
    return Markup('<path class="edge" d="M{} {}C{} {} {} {} {} {}"/>').format(
        x, y, x + bend, y, to_x - bend, to_y, to_x, to_y
    )


def _box(state: RunState, node: NodeState, place: _Place) -> Markup:
    runs = state.runs_of(node.key)
    states = {job_state(state, job) for job in runs}
    order = ("failure", "cancelled", "running", "waiting", "tolerated", "pending", "success", "skipped")
    found = next((one for one in order if one in states), "pending")
    legs = f" ×{len(runs)}" if len(runs) > 1 else ""
    name = label(node.name)
    words = name if len(name) + len(legs) <= _CHARACTERS else name[: _CHARACTERS - len(legs) - 1] + "…"
    return Markup(
        '<a href="#{anchor}"><rect class="node {state}" x="{x}" y="{y}" width="{w}" height="{h}" rx="6"/>'
        '<circle class="{state}" cx="{cx}" cy="{cy}" r="5"/>'
        '<text x="{tx}" y="{ty}">{words}<title>{name}</title></text></a>'
    ).format(
        anchor=job_anchor(runs[0].key if runs else node.key),
        state=found,
        x=place.x,
        y=place.y,
        w=_WIDTH,
        h=_HEIGHT,
        cx=place.x + 15,
        cy=place.y + _HEIGHT // 2,
        tx=place.x + 28,
        ty=place.y + _HEIGHT // 2 + 4,
        words=words + legs,
        name=name,
    )
