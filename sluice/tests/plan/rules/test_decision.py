import json
from collections.abc import Callable

import pytest

from sluice.events.model import Result
from sluice.expressions.values import Value, from_python
from sluice.plan.graph.building import build_graph
from sluice.plan.rules.decision import VALUE_LIMIT, Decision, decide_job
from sluice.plan.rules.results import End, needs_context
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Workflow

Decide = Callable[..., Decision]


@pytest.fixture
def decided(read_workflow: Callable[[str], Workflow]) -> Decide:
    def run(
        condition: str | None, *, a: Result, b: Result, run_cancelled: bool = False, **contexts: object
    ) -> Decision:
        written = f'\n    if: "{condition}"' if condition is not None else ""
        graph = build_graph(
            read_workflow(f"""
on: push
jobs:
  a: {{runs-on: u, steps: [{{run: x}}]}}
  b: {{needs: a, runs-on: u, steps: [{{run: x}}]}}
  c:
    needs: b
    runs-on: u
    steps: [{{run: x}}]{written}
""")
        )
        ends = {"a": End(conclusion=a), "b": End(conclusion=b, outputs={"v": "1"})}
        values: dict[str, Value] = {name: from_python(value) for name, value in contexts.items()}
        values["needs"] = needs_context(graph, "c", ends)
        return decide_job(graph, "c", ends, Scope(contexts=values, functions={}), run_cancelled=run_cancelled)

    return run


def values(decision: Decision) -> list[tuple[str, object]]:
    return [(one.source, json.loads(one.value)) for one in decision.values]


def test_without_an_if_a_job_runs_when_all_before_it_succeeded(decided: Decide) -> None:
    decision = decided(None, a="success", b="success")
    assert (decision.runs, decision.expression, decision.reason) == (True, "success()", "")
    assert values(decision) == [("success()", True)]


def test_rule_13_a_failed_or_skipped_ancestor_however_far_up_skips_a_job(decided: Decide) -> None:
    assert decided(None, a="success", b="failure").reason == "'b', which it needs, failed"
    assert decided(None, a="failure", b="skipped").reason == "'b', which it needs, was skipped"
    assert decided(None, a="skipped", b="success").reason == "'a', which it needs farther up, was skipped"
    assert decided("github.ref == 'x'", a="failure", b="success", github={"ref": "x"}).runs is False


def test_rule_13_a_status_function_lets_a_job_run_all_the_same(decided: Decide) -> None:
    assert decided("always()", a="failure", b="skipped").runs
    assert decided("failure()", a="failure", b="skipped").runs
    assert decided("!cancelled()", a="failure", b="skipped").runs
    assert decided("always() && needs.b.result == 'skipped'", a="failure", b="skipped").runs


def test_rule_14_needs_see_success_where_a_job_may_fail(decided: Decide) -> None:
    assert decided("needs.b.result == 'success'", a="success", b="success").runs


def test_a_false_condition_shows_every_value_it_was_made_of(decided: Decide) -> None:
    decision = decided(
        "github.ref == 'refs/heads/main' && needs.b.outputs.v == '2'",
        a="success",
        b="success",
        github={"ref": "refs/heads/main", "secretive": "x" * 9},
    )
    assert (decision.runs, decision.reason) == (False, "its 'if' is false")
    shown = values(decision)
    assert ("success()", True) in shown
    assert ("github.ref", "refs/heads/main") in shown
    assert ("needs.b.outputs.v", "1") in shown
    assert ("needs.b.outputs.v == '2'", False) in shown
    assert "github" not in dict(shown)


def test_an_object_that_was_looked_into_is_told_by_its_part_alone(decided: Decide) -> None:
    event: dict[str, object] = {"event": {"ref": "x" * 90, "label": {"name": "ci"}}}
    decision = decided("github.event.action == github.event.label.name", a="success", b="success", github=event)
    named = [name for name, _ in values(decision) if name.startswith("github") and " " not in name]
    assert named == ["github.event.action", "github.event.label.name"]


def test_what_was_not_looked_at_any_more_is_shown_as_such(decided: Decide) -> None:
    decision = decided("false && github.ref == needs.b.outputs.v", a="success", b="success", github={"ref": "x"})
    assert [(one.source, one.value) for one in decision.values if one.unused] == [
        ("github.ref", '"x"'),
        ("needs.b.outputs.v", '"1"'),
    ]


def test_a_value_too_long_to_show_is_cut(decided: Decide) -> None:
    decision = decided("contains(github.text, 'y')", a="success", b="success", github={"text": "x" * 5000})
    (text,) = (one.value for one in decision.values if one.source == "github.text")
    assert len(text) < VALUE_LIMIT + 50
    assert json.loads(text).endswith("… (5002 characters)")


def test_numbers_that_json_lacks_are_named(decided: Decide) -> None:
    decision = decided("github.odd == 1", a="success", b="success", github={"odd": float("nan")})
    assert ("github.odd", "NaN") in values(decision)


def test_a_cancelled_run_skips_what_has_not_started(decided: Decide) -> None:
    assert decided(None, a="success", b="success", run_cancelled=True).reason == "the run was cancelled"
    assert decided("always()", a="success", b="success", run_cancelled=True).runs
    assert decided("cancelled()", a="success", b="success", run_cancelled=True).runs


def test_an_if_that_can_not_be_evaluated_is_a_diagnostic_at_its_place(decided: Decide) -> None:
    with pytest.raises(InvalidInputError) as caught:
        decided("fromJSON('{') == 1", a="success", b="success")
    (found,) = caught.value.diagnostics
    assert found.span.start.line == 10
    assert found.message.startswith("Error when evaluating 'if' for job 'c'.")


def test_rule_12_an_if_is_decided_before_the_matrix_is_expanded(read_workflow: Callable[[str], Workflow]) -> None:
    graph = build_graph(
        read_workflow("""
on: push
jobs:
  a:
    if: github.ref == 'refs/heads/main'
    strategy: {matrix: {v: "${{ fromJSON('no json') }}"}}
    runs-on: u
    steps: [{run: x}]
""")
    )
    scope = Scope(contexts={"github": from_python({"ref": "refs/heads/dev"})}, functions={})
    decision = decide_job(graph, "a", {}, scope)
    assert (decision.runs, decision.reason) == (False, "its 'if' is false")
