"""Which row of a text picture each vertex gets, so that no two lines lie on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sluice.plan.drawing.channels import Bus, TangledError, gather, lay_tracks
from sluice.plan.drawing.layers import Layers, Spacing, Vertex, heights, level_with, settle

_TRIES = 40
_Links = list[tuple[Vertex, Vertex]]


class Placed(Struct, frozen=True, kw_only=True):
    """Rows of vertices, from any number on; for the channel after column ``n`` its buses and its tracks."""

    layers: Layers
    rows: Mapping[Vertex, int]
    buses: Sequence[list[Bus]]
    tracks: Sequence[list[list[Bus]]]


def place_rows(layers: Layers, *, below: int) -> Placed:
    """Rows for boxes that reach one row above and ``below`` rows below their middle, and for one-row waypoints."""

    def spacing(upper: Vertex, lower: Vertex) -> int:
        return (0 if upper.waypoint else below) + 1 + (0 if lower.waypoint else 1)

    smooth = heights(layers, spacing)
    rows: dict[Vertex, int] = {}
    buses: list[list[Bus]] = []
    tracks: list[list[list[Bus]]] = []
    for number, column in enumerate(layers.columns):
        links = [link for link in layers.links if link[1].column == number]
        wanted = [level_with(vertex, links, {**smooth, **rows}) for vertex in column]
        found, laid = _untangle(column, wanted, links, rows, spacing)
        if number:
            buses.append(found)
            tracks.append(laid)
    return Placed(layers=layers, rows=rows, buses=buses, tracks=tracks)


def _untangle(
    column: Sequence[Vertex], wanted: list[float], links: _Links, rows: dict[Vertex, int], spacing: Spacing
) -> tuple[list[Bus], list[list[Bus]]]:
    """Put a column's vertices into ``rows``; move its lower part down until the lines before it can be told apart."""
    found: list[Bus] = []
    for _ in range(_TRIES):
        rows.update(_whole(column, settle(column, wanted, spacing), spacing))
        found = gather((rows[source], rows[target]) for source, target in links)
        try:
            return found, lay_tracks(found)
        except TangledError as error:
            wanted = [rows[vertex] + (1.0 if rows[vertex] >= error.row else 0.0) for vertex in column]
    return found, [[bus] for bus in found if not bus.is_straight]


def _whole(column: Sequence[Vertex], exact: Mapping[Vertex, float], spacing: Spacing) -> dict[Vertex, int]:
    """The heights as whole rows, still with their distances."""
    rows: dict[Vertex, int] = {}
    above: Vertex | None = None
    for vertex in column:
        row = round(exact[vertex])
        rows[vertex] = row if above is None else max(row, rows[above] + int(spacing(above, vertex)))
        above = vertex
    return rows
