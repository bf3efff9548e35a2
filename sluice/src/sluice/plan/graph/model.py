"""What the plan is made of: nodes of a graph that opens as it runs, and the job runs they become.

A node's ``key`` is unique in a run and names its place: ``test``, or ``deploy/build`` for the job ``build`` of the
workflow that ``deploy`` calls. A job run's key adds the leg when there is a matrix: ``test.2``, ``deploy.1/build``.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from sluice.expressions.values import Dictionary
from sluice.source.diagnostics import Diagnostic
from sluice.workflow.model import Job, Workflow


class JobNode(Struct, frozen=True, kw_only=True):
    """A job template in the graph; ``needs`` are keys of nodes of the same graph level."""

    key: str
    job: Job
    needs: tuple[str, ...]


class Graph(Struct, frozen=True, kw_only=True):
    """The jobs of one workflow at one level. ``prefix`` is the caller's job-run key, ``''`` at the top."""

    workflow: Workflow
    prefix: str
    nodes: Mapping[str, JobNode]

    def narrowed(self, keys: frozenset[str]) -> Graph:
        """Only these nodes; needs on others are dropped."""
        nodes = {
            key: JobNode(key=key, job=node.job, needs=tuple(need for need in node.needs if need in keys))
            for key, node in self.nodes.items()
            if key in keys
        }
        return Graph(workflow=self.workflow, prefix=self.prefix, nodes=nodes)

    def ancestors(self, key: str) -> frozenset[str]:
        """Every node that ``key`` depends on, however far up."""
        found: set[str] = set()
        waiting = list(self.nodes[key].needs)
        while waiting:
            need = waiting.pop()
            if need not in found:
                found.add(need)
                waiting.extend(self.nodes[need].needs)
        return frozenset(found)


class JobRun(Struct, frozen=True, kw_only=True):
    """One expanded leg. ``matrix`` is its values (empty without a matrix); ``index`` counts from 0 of ``total``."""

    key: str
    node: JobNode
    name: str
    matrix: Dictionary
    index: int = 0
    total: int = 1


class Expansion(Struct, frozen=True, kw_only=True):
    """What a job becomes once its needs are done; ``notices`` are warnings about its strategy."""

    runs: tuple[JobRun, ...]
    fail_fast: bool = True
    max_parallel: int | None = None
    notices: tuple[Diagnostic, ...] = ()
