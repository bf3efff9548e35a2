from collections.abc import Callable

import pytest

from sluice.expressions.values import Dictionary, Value, from_python, to_python
from sluice.plan.event.inputs import event_inputs, resolve_call_inputs, resolve_dispatch_inputs
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import ReusableJob, Workflow

HERE = Span.at("caller.yml")
DISPATCH = """
on:
  workflow_dispatch:
    inputs:
      level: {description: how much, required: true, type: choice, options: [low, high]}
      dry: {type: boolean, default: true}
      count: {type: number}
      where: {type: environment, default: staging}
      note: {}
jobs:
  a: {runs-on: u, steps: [{run: x}]}
"""
CALLED = """
on:
  workflow_call:
    inputs:
      version: {type: string, required: true}
      fast: {type: boolean}
      jobs: {type: number, default: 4}
      where: {type: string, default: "${{ github.ref }}"}
jobs:
  a: {runs-on: u, steps: [{run: x}]}
"""
Read = Callable[[str], Workflow]
Resolve = Callable[..., tuple[Dictionary, list[Diagnostic]]]


@pytest.fixture
def dispatched(read_workflow: Read) -> Resolve:
    trigger = read_workflow(DISPATCH).triggers["workflow_dispatch"]
    return lambda **given: resolve_dispatch_inputs(trigger.inputs, given, trigger.event.span)


@pytest.fixture
def called(read_workflow: Read) -> Resolve:
    definitions = read_workflow(CALLED).triggers["workflow_call"].inputs

    def resolve(given: str, **contexts: object) -> tuple[Dictionary, list[Diagnostic]]:
        text = f"on: push\njobs:\n  call:\n    uses: ./.github/workflows/called.yml\n    with: {given}\n"
        job = read_workflow(text).jobs["call"]
        assert isinstance(job, ReusableJob)
        values: dict[str, Value] = {name: from_python(value) for name, value in contexts.items()}
        callee = Scope(contexts={"github": from_python({"ref": "refs/heads/main"})}, functions={})
        caller = Scope(contexts=values, functions={})
        return resolve_call_inputs(definitions, job.inputs, caller=caller, callee=callee, place=job.uses.span)

    return resolve


def test_rule_29_dispatch_inputs_get_their_types_and_defaults(dispatched: Resolve) -> None:
    values, found = dispatched(level="high", count="0x10")
    assert found == []
    assert to_python(values) == {"level": "high", "dry": True, "count": 16, "where": "staging", "note": ""}
    assert to_python(event_inputs(values)) == {
        "level": "high",
        "dry": "true",
        "count": "16",
        "where": "staging",
        "note": "",
    }


def test_names_of_inputs_ignore_case(dispatched: Resolve) -> None:
    values, found = dispatched(LEVEL="low", Dry="FALSE")
    assert found == []
    assert (values["level"], values["dry"]) == ("low", False)


def test_rule_29_every_wrong_dispatch_input_is_found(dispatched: Resolve) -> None:
    _, found = dispatched(level="medium", dry="yes", count="many", other="x")
    assert [(str(one.span), one.message, one.allowed) for one in found] == [
        ("ci.yml:3:3", "Unexpected input provided: 'other'", ("level", "dry", "count", "where", "note")),
        ("ci.yml:5:7", "Provided value 'medium' for input 'level' not in the list of allowed values", ("low", "high")),
        ("ci.yml:6:7", "Provided value 'yes' for input 'dry' is not a boolean", ("true", "false")),
        ("ci.yml:7:7", "Provided value 'many' for input 'count' is not a number", ()),
    ]


def test_a_required_dispatch_input_must_be_given(dispatched: Resolve) -> None:
    _, found = dispatched()
    assert [(one.message, one.hint, one.allowed) for one in found] == [
        ("Required input 'level' not provided", "level: how much", ("low", "high"))
    ]


def test_call_inputs_keep_their_types_and_take_defaults(called: Resolve) -> None:
    values, found = called("{version: '${{ needs.a.outputs.v }}', fast: true}", needs={"a": {"outputs": {"v": "1.2"}}})
    assert found == []
    assert to_python(values) == {"version": "1.2", "fast": True, "jobs": 4, "where": "refs/heads/main"}


def test_string_inputs_of_a_call_take_any_single_value(called: Resolve) -> None:
    assert [called(f"{{version: {value}}}")[0]["version"] for value in ("null", "true", "456", "x")] == [
        "",
        "true",
        "456",
        "x",
    ]


def test_values_of_the_wrong_type_are_errors_in_githubs_words(called: Resolve) -> None:
    _, found = called("{version: x, fast: not-a-boolean, jobs: not-a-number}")
    assert [(str(one.span), one.message) for one in found] == [
        ("ci.yml:5:30", "Unexpected value 'not-a-boolean'"),
        ("ci.yml:5:51", "Unexpected value 'not-a-number'"),
    ]
    _, found = called("{version: x, fast: '${{ inputs.text }}'}", inputs={"text": "true"})
    assert [(one.message, one.hint) for one in found] == [
        (
            "Unexpected value 'true'",
            "the input takes a boolean; fromJSON() makes one of a text, such as an output of a job",
        )
    ]


def test_missing_and_unknown_inputs_of_a_call_are_errors(called: Resolve) -> None:
    _, found = called("{foo: bar}")
    assert [(str(one.span), one.message) for one in found] == [
        ("ci.yml:5:12", "Invalid input, foo is not defined in the referenced workflow."),
        ("ci.yml:4:11", "Input version is required, but not provided while calling."),
    ]


def test_an_input_whose_expression_fails_is_a_diagnostic(called: Resolve) -> None:
    _, found = called("{version: \"${{ fromJSON('{') }}\"}")
    assert [one.span.start.line for one in found] == [5]
    assert found[0].rule == "expression"


def test_nothing_given_is_fine_where_nothing_is_required(read_workflow: Read) -> None:
    assert resolve_dispatch_inputs({}, {}, HERE)[1] == []
    definitions = read_workflow(CALLED.replace("required: true", "required: false")).triggers["workflow_call"].inputs
    nothing = Scope(contexts={}, functions={})
    values, found = resolve_call_inputs(definitions, None, caller=nothing, callee=nothing, place=HERE)
    assert found == []
    assert to_python(values) == {"version": "", "fast": False, "jobs": 4, "where": ""}
