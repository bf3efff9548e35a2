"""A graph as events tell of it, before any of its jobs opens."""

from __future__ import annotations

from sluice.events.model import PlannedJob
from sluice.plan.graph.expansion import static_name
from sluice.plan.graph.model import Graph, JobNode
from sluice.plan.graph.naming import nested_name
from sluice.workflow.model import ReusableJob


def planned_jobs(graph: Graph, caller_name: str = "") -> tuple[PlannedJob, ...]:
    """Every node, in file order; ``caller_name`` is the display name of the calling job run."""
    return tuple(_planned(node, caller_name) for node in graph.nodes.values())


def _planned(node: JobNode, caller_name: str) -> PlannedJob:
    job = node.job
    uses = job.uses.value if isinstance(job, ReusableJob) else None
    name = nested_name(caller_name, static_name(job))
    return PlannedJob(key=node.key, id=job.id, name=name, needs=node.needs, uses=uses)
