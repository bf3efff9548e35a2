"""Where the nodes of a graph go: columns by how far they are from the start, ordered so that few edges cross.

In: keys and edges of an acyclic graph. Out: columns of vertices, and the short edges between neighbouring columns. An
edge over several columns runs through waypoints, which all edges of one source share. Edges that others imply are
left out: the order they ask for is drawn already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

_SWEEPS = 12
_Beside: TypeAlias = "dict[Vertex, list[Vertex]]"


class Vertex(Struct, frozen=True):
    """A node, or a waypoint of the edges that leave ``key``; ``column`` counts from 0."""

    key: str
    column: int
    waypoint: bool = False


class Layers(Struct, frozen=True, kw_only=True):
    """Columns from left to right, each from top to bottom, and the edges from one to the next."""

    columns: tuple[tuple[Vertex, ...], ...]
    links: tuple[tuple[Vertex, Vertex], ...]
    routes: tuple[tuple[Vertex, ...], ...]


def arrange(keys: Sequence[str], edges: Iterable[tuple[str, str]]) -> Layers:
    """Columns and order for a graph; edges to unknown nodes and those that close a circle are left out."""
    needs = _reduced(_needs(keys, edges))
    depth = _depths(keys, needs)
    vertices = {key: Vertex(key, depth[key]) for key in keys}
    routes = tuple(_route(vertices[need], vertices[key]) for key in keys for need in needs[key])
    links = tuple(dict.fromkeys(pair for route in routes for pair in pairwise(route)))
    columns: list[list[Vertex]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for vertex in dict.fromkeys([*vertices.values(), *(stop for route in routes for stop in route)]):
        columns[vertex.column].append(vertex)
    return Layers(columns=_ordered(columns, links), links=links, routes=routes)


def _needs(keys: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    needs: dict[str, list[str]] = {key: [] for key in keys}
    for source, target in edges:
        circular = source == target or (target in needs and target in _all_above(source, needs))
        if source in needs and target in needs and source not in needs[target] and not circular:
            needs[target].append(source)
    return needs


def _all_above(key: str, needs: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(needs.get(key, ()))
    while waiting:
        need = waiting.pop()
        if need not in found:
            found.add(need)
            waiting.extend(needs[need])
    return found


def _reduced(needs: dict[str, list[str]]) -> dict[str, list[str]]:
    above = {key: _all_above(key, needs) for key in needs}
    return {
        key: [one for one in direct if not any(one in above[other] for other in direct)]
        for key, direct in needs.items()
    }


def _depths(keys: Sequence[str], needs: dict[str, list[str]]) -> dict[str, int]:
    depth: dict[str, int] = {}
    waiting = list(keys)
    while waiting:
        ready = [key for key in waiting if all(need in depth for need in needs[key])]
        for key in ready:
            depth[key] = max((depth[need] + 1 for need in needs[key]), default=0)
        waiting = [key for key in waiting if key not in depth]
    return depth


def _route(source: Vertex, target: Vertex) -> tuple[Vertex, ...]:
    between = (Vertex(source.key, column, waypoint=True) for column in range(source.column + 1, target.column))
    return (source, *between, target)


def _ordered(columns: list[list[Vertex]], links: Sequence[tuple[Vertex, Vertex]]) -> tuple[tuple[Vertex, ...], ...]:
    """The best order that sweeps back and forth over the columns come upon, each put in the order of its neighbours'
    middles.
    """
    before, after = _neighbours(links)
    best, fewest = [list(column) for column in columns], _crossings(columns, links)
    current = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        forth = sweep % 2 == 0
        for number in range(1, len(current)) if forth else range(len(current) - 2, -1, -1):
            beside = current[number - 1] if forth else current[number + 1]
            place = {vertex: float(rank) for rank, vertex in enumerate(beside)}
            current[number] = _sorted_by_middle(current[number], before if forth else after, place)
        _swap_neighbours(current, before, after)
        crossings = _crossings(current, links)
        if crossings < fewest:
            best, fewest = [list(column) for column in current], crossings
    return tuple(tuple(column) for column in best)


def _neighbours(links: Sequence[tuple[Vertex, Vertex]]) -> tuple[_Beside, _Beside]:
    before: _Beside = {}
    after: _Beside = {}
    for source, target in links:
        before.setdefault(target, []).append(source)
        after.setdefault(source, []).append(target)
    return before, after


def _sorted_by_middle(column: list[Vertex], beside: _Beside, place: dict[Vertex, float]) -> list[Vertex]:
    rank = {vertex: float(number) for number, vertex in enumerate(column)}

    def middle(vertex: Vertex) -> float:
        places = [place[other] for other in beside.get(vertex, ())]
        return sum(places) / len(places) if places else rank[vertex]

    return sorted(column, key=middle)


def _swap_neighbours(columns: list[list[Vertex]], before: _Beside, after: _Beside) -> None:
    """Let neighbours in a column change places where that takes crossings away."""
    rank = {vertex: number for column in columns for number, vertex in enumerate(column)}
    for column in columns:
        for number in range(len(column) - 1):
            upper, lower = column[number], column[number + 1]
            kept = sum(_crossed(upper, lower, beside, rank) for beside in (before, after))
            swapped = sum(_crossed(lower, upper, beside, rank) for beside in (before, after))
            if swapped < kept:
                column[number], column[number + 1] = lower, upper
                rank[upper], rank[lower] = number + 1, number


def _crossed(upper: Vertex, lower: Vertex, beside: _Beside, rank: dict[Vertex, int]) -> int:
    below = [rank[other] for other in beside.get(lower, ())]
    return sum(1 for other in beside.get(upper, ()) for number in below if rank[other] > number)


def _crossings(columns: Sequence[Sequence[Vertex]], links: Sequence[tuple[Vertex, Vertex]]) -> int:
    rank = {vertex: number for column in columns for number, vertex in enumerate(column)}
    pairs = sorted((source.column, rank[source], rank[target]) for source, target in links)
    return sum(
        1
        for number, (column, start, end) in enumerate(pairs)
        for other_column, other_start, other_end in pairs[number + 1 :]
        if column == other_column and start < other_start and end > other_end
    )


Spacing = Callable[[Vertex, Vertex], float]
"""The least distance between the middles of two vertices, one right below the other."""


def heights(layers: Layers, spacing: Spacing) -> dict[Vertex, float]:
    """The height of each vertex's middle: as level with its neighbours as the least distances allow."""
    before, after = _neighbours(layers.links)
    place: dict[Vertex, float] = {}
    for column in layers.columns:
        place.update(settle(column, [0.0] * len(column), spacing))
    for sweep in range(_SWEEPS):
        columns = layers.columns if sweep % 2 == 0 else layers.columns[::-1]
        for column in columns:
            wanted = [_wanted(vertex, before, after, place) for vertex in column]
            place.update(settle(column, wanted, spacing))
    for column in layers.columns:
        place.update(settle(column, [level_with(vertex, layers.links, place) for vertex in column], spacing))
    lowest = min(place.values(), default=0.0)
    return {vertex: height - lowest for vertex, height in place.items()}


def level_with(vertex: Vertex, links: Sequence[tuple[Vertex, Vertex]], place: Mapping[Vertex, float]) -> float:
    """The height of the one vertex that this one follows where that leads nowhere else, otherwise its own."""
    sources = [source for source, target in links if target == vertex]
    if len(sources) == 1 and sum(1 for source, _ in links if source == sources[0]) == 1:
        return place[sources[0]]
    return place[vertex]


def _wanted(vertex: Vertex, before: _Beside, after: _Beside, place: dict[Vertex, float]) -> float:
    around = [place[other] for other in (*before.get(vertex, ()), *after.get(vertex, ()))]
    return sum(around) / len(around) if around else place[vertex]


def settle(column: Sequence[Vertex], wanted: Sequence[float], spacing: Spacing) -> dict[Vertex, float]:
    """The heights closest to the wanted ones (least squares) that keep order and distances."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        offsets.append(offsets[-1] + spacing(upper, lower))
    blocks: list[tuple[float, int]] = []
    for height, offset in zip(wanted, offsets, strict=False):
        mean, count = height - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, size = blocks.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return {vertex: mean + offset for vertex, mean, offset in zip(column, means, offsets, strict=False)}
