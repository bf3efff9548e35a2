"""What a picture shows: nodes with label, status and detail, and edges between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sluice.plan.environments import planned_environment
from sluice.plan.expansion import static_name
from sluice.plan.model import Graph
from sluice.workflow.model import Job, NormalJob, ReusableJob

STATUSES = ("success", "failure", "cancelled", "skipped", "running", "waiting", "queued")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """A job. ``status`` is one of ``STATUSES`` or ``None`` for one that is only planned; ``detail`` a few words under
    the label; ``stacked`` says that it stands for several legs of a matrix.
    """

    key: str
    label: str
    status: str | None = None
    detail: str = ""
    stacked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphView:
    """Nodes in the order in which they should be read, and edges from a needed node to the one that needs it."""

    nodes: tuple[NodeView, ...]
    edges: tuple[tuple[str, str], ...]
    title: str = ""


def view_of(graph: Graph, statuses: Mapping[str, str] | None = None) -> GraphView:
    """A workflow's graph as planned; ``statuses`` by node key colours it."""
    known = statuses or {}
    nodes = tuple(
        NodeView(
            key=key,
            label=static_name(node.job),
            status=known.get(key),
            detail=" · ".join(_details(node.job)),
            stacked=node.job.strategy is not None and node.job.strategy.matrix is not None,
        )
        for key, node in graph.nodes.items()
    )
    edges = tuple((need, key) for key, node in graph.nodes.items() for need in node.needs)
    name = graph.workflow.name
    return GraphView(nodes=nodes, edges=edges, title=name.value if name else graph.workflow.file)


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
                yield f"→ {environment}"
