"""A graph as events tell of it, before any of its jobs opens."""

from __future__ import annotations

from sluice.events.model import PlannedJob
from sluice.plan.graph.expansion import static_name
from sluice.plan.graph.model import Graph, JobNode
from sluice.workflow.model import ReusableJob


def planned_jobs(graph: Graph) -> tuple[PlannedJob, ...]:
    """Every node, in file order."""
    return tuple(_planned(node) for node in graph.nodes.values())


def _planned(node: JobNode) -> PlannedJob:
    job = node.job
    uses = job.uses.value if isinstance(job, ReusableJob) else None
    return PlannedJob(key=node.key, id=job.id, name=static_name(job), needs=node.needs, uses=uses)
