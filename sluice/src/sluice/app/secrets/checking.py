"""Before a run starts: whether it has what its jobs need. What is declared and missing stops it; what nobody declared
is empty, as on GitHub, and each job that uses it says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sluice.app.calls import CalledWorkflows
from sluice.app.options import RunOptions
from sluice.app.settings import Settings
from sluice.delivery.secrets.declared import Declaration
from sluice.delivery.secrets.needs import Need, empty_names, needs_of, refusals
from sluice.expressions.values import Value
from sluice.plan.ahead import surely_skipped
from sluice.plan.graph import build_graph
from sluice.plan.model import Graph
from sluice.plan.uses import Kind, uses_in
from sluice.source.errors import InvalidInputError
from sluice.workflow.model import Workflow

Names = frozenset[tuple[Kind, str]]
_PLURALS = {Kind.SECRET: "secrets", Kind.VARIABLE: "variables"}


def check_needs(
    graph: Graph,
    calls: CalledWorkflows,
    contexts: Mapping[str, Value],
    declarations: tuple[Declaration, ...],
    names: Names,
    *,
    publish: bool,
) -> dict[str, str]:
    """A notice for each job in which something is empty. Raises ``InvalidInputError`` for what is missing."""
    skipped = surely_skipped(graph, contexts)
    everything = build_graph(graph.workflow).nodes
    left_out = {node.job.id for key, node in everything.items() if key not in graph.nodes or key in skipped}
    needs = workflow_needs(graph.workflow, calls, declarations, names, skipped=left_out)
    found = refusals(needs, publish=publish)
    if found:
        raise InvalidInputError(found)
    return dict(_notices(needs, (node.job.id for node in graph.nodes.values())))


def names_given(settings: Settings, options: RunOptions) -> Names:
    """What has a value, also where only the jobs of an environment see it."""
    variables = {*options.variables, *(name for one in settings.environments.values() for name in one.variables)}
    return frozenset({(Kind.SECRET, name) for name in options.secrets} | {(Kind.VARIABLE, name) for name in variables})


def workflow_needs(
    workflow: Workflow,
    calls: CalledWorkflows,
    declarations: tuple[Declaration, ...],
    names: Names,
    skipped: Collection[str] = (),
) -> tuple[Need, ...]:
    """What a workflow and all that it calls use."""
    return needs_of(uses_in(workflow, calls.workflow), declarations, names, skipped)


def _notices(needs: tuple[Need, ...], jobs: Iterator[str]) -> Iterator[tuple[str, str]]:
    for job in jobs:
        empty = list(empty_names(needs, job))
        parts = [
            f"{_PLURALS[kind]} {', '.join(name for one, name in empty if one is kind)}"
            for kind in Kind
            if any(one is kind for one, _ in empty)
        ]
        if parts:
            yield job, f"Not given, and so empty in this job: {'; '.join(parts)}"
