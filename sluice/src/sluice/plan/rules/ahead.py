"""Which jobs surely won't run, told before anything has. In: a graph, the contexts of the run. Out: keys of nodes.

A condition on how other jobs end (``needs``, ``failure()``, ``cancelled()``) can't be told: such a job may run, unless
one that it needs surely doesn't and it has no status function of its own (semantics 13).
"""

from __future__ import annotations

from collections.abc import Mapping

from sluice.expressions.traversal import contexts_in, functions_in
from sluice.expressions.values import Value
from sluice.plan.graph.building import topological_order
from sluice.plan.graph.model import Graph
from sluice.plan.rules.decision import decide_job
from sluice.plan.rules.results import End, blockers
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope

_TOLD = frozenset({"github", "inputs", "vars"})
_ENDS = frozenset({"failure", "cancelled"})


def surely_skipped(graph: Graph, contexts: Mapping[str, Value]) -> frozenset[str]:
    """The nodes whose ``if`` is false already; ``contexts`` has github, inputs and vars."""
    ends: dict[str, End] = {}
    scope = Scope(contexts={name: contexts[name] for name in _TOLD})
    for key in topological_order(graph):
        ends[key] = End(conclusion="success" if _may_run(graph, key, ends, scope) else "skipped")
    return frozenset(key for key, end in ends.items() if end.conclusion == "skipped")


def _may_run(graph: Graph, key: str, ends: Mapping[str, End], scope: Scope) -> bool:
    condition = graph.nodes[key].job.condition
    if not contexts_in(condition.expression) <= _TOLD or functions_in(condition.expression) & _ENDS:
        return not (blockers(graph, key, ends) and condition.source.startswith("success() &&"))
    try:
        return decide_job(graph, key, ends, scope).runs
    except InvalidInputError:
        return True  # the run says what is wrong with it, when it gets there
