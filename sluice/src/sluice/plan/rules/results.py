"""What jobs' ends mean to the jobs that need them.

In: the ends of job runs. Out: results of nodes, the ``needs`` context, the status functions of a job's ``if``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field

from sluice.events.model import Result
from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value
from sluice.plan.graph.model import Graph

_STRENGTH: tuple[Result, ...] = ("failure", "cancelled", "success")


class End(Struct, frozen=True, kw_only=True):
    """How a job run, or a whole node, ended: its conclusion (after ``continue-on-error``) and its outputs.

    ``unavailable`` says that it, or a part of it, could not run on this machine; ``outcome`` is that of an earlier
    attempt, before ``continue-on-error``.
    """

    conclusion: Result
    outcome: Result | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    unavailable: bool = False


def conclude(outcome: Result, *, continue_on_error: bool) -> Result:
    """A job's conclusion: with ``continue-on-error`` a failure counts as success for those that need it."""
    return "success" if continue_on_error and outcome == "failure" else outcome


def combine(ends: Iterable[End]) -> End:
    """The end of a node from those of its job runs, given in the order in which they ended.

    A failure outweighs a cancellation, that a success, that a skip: but what could not run here never passes, so that
    beside it a success counts as skipped. Of several legs' values for one output the last that is not empty counts.
    """
    listed = list(ends)
    conclusions = {end.conclusion for end in listed}
    unavailable = any(end.unavailable for end in listed)
    strongest: Result = next((result for result in _STRENGTH if result in conclusions), "skipped")
    conclusion: Result = "skipped" if unavailable and strongest == "success" else strongest
    return End(conclusion=conclusion, outputs=_merge(end.outputs for end in listed), unavailable=unavailable)


def needs_context(graph: Graph, key: str, ends: Mapping[str, End]) -> Dictionary:
    """The ``needs`` context of a node: result and outputs of its direct needs, by job id."""
    needs = graph.nodes[key].needs
    return Dictionary({graph.nodes[need].job.id: _need(ends[need]) for need in needs})


def status_functions(
    graph: Graph, key: str, ends: Mapping[str, End], *, cancelled: bool
) -> dict[str, Callable[[Sequence[Value]], Value]]:
    """``success``, ``failure``, ``cancelled`` and ``always`` for a job's ``if``.

    ``success()`` wants every ancestor, however far up, to have succeeded and the run not to be cancelled;
    ``failure()`` one that failed. Both also take ids of ancestors, and then look at these only.
    """
    results = {graph.nodes[name].job.id.lower(): ends[name].conclusion for name in graph.ancestors(key)}

    def looked_at(ids: Sequence[Value]) -> list[Result | None]:
        return [results.get(to_text(one).lower()) for one in ids] if ids else list(results.values())

    return {
        "success": lambda ids: not cancelled and all(result == "success" for result in looked_at(ids)),
        "failure": lambda ids: "failure" in looked_at(ids),
        "cancelled": lambda _: cancelled,
        "always": lambda _: True,
    }


def blockers(graph: Graph, key: str, ends: Mapping[str, End]) -> list[tuple[str, Result]]:
    """The ancestors that keep ``success()`` false, with their results: direct needs first, then farther up."""
    ancestors = graph.ancestors(key)
    direct = [need for need in graph.nodes[key].needs if need in ancestors]
    farther = [name for name in graph.nodes if name in ancestors and name not in direct]
    return [(name, ends[name].conclusion) for name in direct + farther if ends[name].conclusion != "success"]


def _need(end: End) -> Dictionary:
    return Dictionary({"result": end.conclusion, "outputs": Dictionary(end.outputs)})


def _merge(outputs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for one in outputs:
        for name, value in one.items():
            if value or name not in merged:
                merged[name] = value
    return merged
