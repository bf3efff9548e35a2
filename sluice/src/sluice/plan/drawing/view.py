"""What a picture shows: nodes with label, status and detail, and edges between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sluice.plan.graph.expansion import static_name, without_expressions
from sluice.plan.graph.model import Graph, JobNode
from sluice.plan.graph.naming import node_of
from sluice.plan.rules.environments import planned_environment
from sluice.workflow.model import Job, NormalJob, ReusableJob

STATUSES = ("success", "failure", "cancelled", "skipped", "running", "waiting", "queued")


class NodeView(Struct, frozen=True, kw_only=True):
    """A job. ``status`` is one of ``STATUSES`` or ``None`` for one that is only planned; ``detail`` a few words under
    the label; ``stacked`` says that it stands for several legs of a matrix.
    """

    key: str
    label: str
    status: str | None = None
    detail: str = ""
    stacked: bool = False


class GraphView(Struct, frozen=True, kw_only=True):
    """Nodes in the order in which they should be read, and edges from a needed node to the one that needs it."""

    nodes: tuple[NodeView, ...]
    edges: tuple[tuple[str, str], ...]
    title: str = ""


def view_of(graph: Graph, statuses: Mapping[str, str] | None = None, called: Sequence[Graph] = ()) -> GraphView:
    """A workflow's graph as planned; ``statuses`` by node key colours it.

    ``called`` are graphs of called workflows: each takes the place of the job that calls it, whatever its depth.
    """
    nodes: list[NodeView] = []
    edges: list[tuple[str, str]] = []
    starts: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    for key, node in graph.nodes.items():
        part = _part(node, statuses or {}, called)
        nodes += part.nodes
        edges += part.edges
        starts[key] = _without([target for _, target in part.edges], part.nodes)
        ends[key] = _without([source for source, _ in part.edges], part.nodes)
    for key, node in graph.nodes.items():
        edges += [(end, start) for need in node.needs for end in ends[need] for start in starts[key]]
    name = graph.workflow.name
    return GraphView(nodes=tuple(nodes), edges=tuple(edges), title=name.value if name else graph.workflow.file)


def _part(node: JobNode, statuses: Mapping[str, str], called: Sequence[Graph]) -> GraphView:
    """What stands for one node: itself, or the jobs of every workflow it calls."""
    below = [view_of(graph, statuses, called) for graph in called if graph.prefix and node_of(graph.prefix) == node.key]
    if not below:
        return GraphView(nodes=(_planned(node, statuses.get(node.key)),), edges=())
    nodes = tuple(replace(one, label=f"{static_name(node.job)} / {one.label}") for view in below for one in view.nodes)
    return GraphView(nodes=nodes, edges=tuple(edge for view in below for edge in view.edges))


def _planned(node: JobNode, status: str | None) -> NodeView:
    return NodeView(
        key=node.key,
        label=static_name(node.job),
        status=status,
        detail=" · ".join(_details(node.job)),
        stacked=node.job.strategy is not None and node.job.strategy.matrix is not None,
    )


def _without(linked: list[str], nodes: Iterable[NodeView]) -> list[str]:
    return [node.key for node in nodes if node.key not in linked]


def _details(job: Job) -> Iterable[str]:
    if job.strategy is not None and job.strategy.matrix is not None:
        yield "matrix"
    if job.condition.written is not None:
        yield "if"
    match job:
        case ReusableJob():
            yield f"uses {job.uses.value.rpartition('/')[2]}"
        case NormalJob():
            environment = planned_environment(job.environment)
            if environment:
                yield f"→ {without_expressions(environment)}"
