from collections.abc import Callable

import pytest

from sluice.events.model import Result
from sluice.expressions.values import to_python
from sluice.plan.graph.building import build_graph
from sluice.plan.graph.model import Graph
from sluice.plan.rules.results import End, blockers, combine, conclude, needs_context, status_functions
from sluice.workflow.model import Workflow

WORKFLOW = """
on: push
jobs:
  a: {runs-on: u, steps: [{run: x}]}
  b: {needs: a, runs-on: u, steps: [{run: x}]}
  c: {needs: b, runs-on: u, steps: [{run: x}]}
  d: {runs-on: u, steps: [{run: x}]}
"""


@pytest.fixture
def graph(read_workflow: Callable[[str], Workflow]) -> Graph:
    return build_graph(read_workflow(WORKFLOW))


def end(conclusion: Result, **outputs: str) -> End:
    return End(conclusion=conclusion, outputs=outputs)


@pytest.mark.parametrize(
    ("legs", "whole"),
    [
        (["success", "skipped"], "success"),
        (["success", "cancelled"], "cancelled"),
        (["cancelled", "failure", "success"], "failure"),
        (["skipped", "skipped"], "skipped"),
        (["skipped", "cancelled"], "cancelled"),
        ([], "skipped"),
    ],
)
def test_the_gravest_leg_decides(legs: list[Result], whole: str) -> None:
    assert combine(end(leg) for leg in legs).conclusion == whole


@pytest.mark.parametrize(("other", "whole"), [("success", "skipped"), ("failure", "failure"), ("skipped", "skipped")])
def test_what_could_not_run_here_never_passes_beside_a_leg_that_did(other: Result, whole: str) -> None:
    combined = combine([end(other), End(conclusion="skipped", unavailable=True)])
    assert (combined.conclusion, combined.unavailable) == (whole, True)


def test_rule_16_outputs_of_legs_merge_and_the_last_non_empty_one_wins() -> None:
    merged = combine([end("success", v="1", only="a"), end("success", v="2"), end("success", v="", empty="")])
    assert merged.outputs == {"v": "2", "only": "a", "empty": ""}


def test_rule_14_a_failed_job_with_continue_on_error_counts_as_success() -> None:
    assert conclude("failure", continue_on_error=True) == "success"
    assert conclude("failure", continue_on_error=False) == "failure"
    assert conclude("cancelled", continue_on_error=True) == "cancelled"
    assert conclude("skipped", continue_on_error=True) == "skipped"


def test_the_needs_context_has_result_and_outputs_of_direct_needs_by_id(graph: Graph) -> None:
    ends = {"a": end("success"), "b": end("failure", image="app:1")}
    assert to_python(needs_context(graph, "c", ends)) == {"b": {"result": "failure", "outputs": {"image": "app:1"}}}
    assert to_python(needs_context(graph, "a", {})) == {}


def test_the_needs_context_of_a_called_workflow_uses_ids(read_workflow: Callable[[str], Workflow]) -> None:
    graph = build_graph(read_workflow(WORKFLOW), "call.1")
    context = needs_context(graph, "call.1/b", {"call.1/a": end("success", x="1")})
    assert to_python(context) == {"a": {"result": "success", "outputs": {"x": "1"}}}


def ask(graph: Graph, ends: dict[str, End], name: str, *ids: str, cancelled: bool = False) -> object:
    return status_functions(graph, "c", ends, cancelled=cancelled)[name](list(ids))


def test_rule_13_success_and_failure_look_at_ancestors_however_far_up(graph: Graph) -> None:
    good = {"a": end("success"), "b": end("success"), "d": end("failure")}
    assert (ask(graph, good, "success"), ask(graph, good, "failure")) == (True, False)
    failed_above = {"a": end("failure"), "b": end("success")}
    assert (ask(graph, failed_above, "success"), ask(graph, failed_above, "failure")) == (False, True)
    skipped_above = {"a": end("skipped"), "b": end("success")}
    assert (ask(graph, skipped_above, "success"), ask(graph, skipped_above, "failure")) == (False, False)


def test_the_status_functions_take_ids_of_ancestors(graph: Graph) -> None:
    ends = {"a": end("failure"), "b": end("success")}
    assert ask(graph, ends, "success", "B")
    assert ask(graph, ends, "failure", "a")
    assert not ask(graph, ends, "success", "b", "a")
    assert not ask(graph, ends, "success", "unknown")
    assert not ask(graph, ends, "failure", "unknown")


def test_a_cancelled_run_is_no_success_and_always_stays_true(graph: Graph) -> None:
    ends = {"a": end("success"), "b": end("success")}
    assert ask(graph, ends, "cancelled", cancelled=True)
    assert not ask(graph, ends, "cancelled")
    assert not ask(graph, ends, "success", cancelled=True)
    assert ask(graph, ends, "always", cancelled=True)


def test_a_job_without_needs_succeeds_so_far(graph: Graph) -> None:
    assert status_functions(graph, "a", {}, cancelled=False)["success"]([])


def test_blockers_name_direct_needs_first(graph: Graph) -> None:
    assert blockers(graph, "c", {"a": end("failure"), "b": end("skipped")}) == [("b", "skipped"), ("a", "failure")]
    assert blockers(graph, "c", {"a": end("success"), "b": end("success")}) == []
