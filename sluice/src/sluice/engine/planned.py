"""A graph as events tell of it, before any of its jobs opens."""

from __future__ import annotations

from sluice.events.model import PlannedJob
from sluice.plan.model import Graph, JobNode
from sluice.workflow.model import ReusableJob
from sluice.workflow.tokens import ExpressionToken, StringToken


def planned_jobs(graph: Graph) -> tuple[PlannedJob, ...]:
    """Every node, in file order."""
    return tuple(_planned(node) for node in graph.nodes.values())


def _planned(node: JobNode) -> PlannedJob:
    job = node.job
    uses = job.uses.value if isinstance(job, ReusableJob) else None
    return PlannedJob(key=node.key, id=job.id, name=_name(node), needs=node.needs, uses=uses)


def _name(node: JobNode) -> str:
    match node.job.name:
        case StringToken(value=value):
            return value
        case ExpressionToken(raw=raw):
            return raw
        case _:
            return node.job.id
