"""Mistakes that are easily made, and what is said of them: the word that was meant, and no more than was done."""

from __future__ import annotations

import pytest

from sluice.workflow.lint.linter import lint_workflow
from sluice.workflow.parser import parse_workflow

_MISTAKEN = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    neds: b
    steps:
      - use: actions/checkout@v4
      - name: nothing
"""


def test_the_word_that_was_meant_is_the_hint() -> None:
    _, problems = parse_workflow(_MISTAKEN, "w.yml")
    told = [(problem.span.start.line, problem.hint) for problem in problems]
    assert told == [(5, "did you mean 'needs'?"), (7, "did you mean 'uses'?"), (8, "a step has `run` or `uses`")]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("on: {pull_request: {types: [opend]}}", "Unexpected value 'opend'"),
        ("on: {issues: {types: closedd}}", "Unexpected value 'closedd'"),
        ("on: {issues: {branches: [main]}}", "Unexpected value 'branches'"),
        ("on: {fork: {types: [created]}}", "Unexpected value 'types'"),
        ("on: {repository_dispatch: {types: [whatever]}}", None),
        ("on: {pull_request: {types: [opened, closed]}, release: {types: [published]}}", None),
        ("on: {push: {branches: [a], tags-ignore: [b], paths: [c]}}", None),
        ("on: push\npermissions: {content: read}", "Unexpected value 'content'"),
        ("on: push\npermissions: {id-token: read}", "Unexpected value 'read'"),
        ("on: push\npermissions: {models: write}", "Unexpected value 'write'"),
        ("on: push\npermissions: {id-token: write, contents: none, models: read, checks: write}", None),
        ("on: {workflow_dispatch: {inputs: {a: {type: choice}}}}", "Missing 'options' for choice input"),
        (
            "on: {workflow_dispatch: {inputs: {a: {options: [b]}}}}",
            "Input type is not 'choice', but 'options' is defined",
        ),
        ("on: {workflow_dispatch: {inputs: {a: {type: boolean, default: maybe}}}}", "Unexpected value 'maybe'"),
        ("on: {workflow_dispatch: {inputs: {a: {type: choice, options: [b], default: b}}}}", None),
        ("on: {workflow_call: {inputs: {a: {type: environment}}}}", "Unexpected value 'environment'"),
        ("on: {workflow_call: {inputs: {a: {type: boolean, default: 'true'}}}}", "Unexpected value 'true'"),
        ("on: {workflow_call: {inputs: {a: {type: boolean, default: '${{ vars.A }}'}}}}", None),
    ],
)
def test_what_no_event_input_or_token_has_is_refused(written: str, said: str | None) -> None:
    _, problems = parse_workflow(f"{written}\njobs: {{a: {{runs-on: x, steps: [{{run: x}}]}}}}\n", "w.yml")
    told = [problem.message for problem in problems]
    assert len(told) == (said is not None)
    assert said is None or told[0].startswith(said)


def test_the_activity_type_that_was_meant_is_the_hint() -> None:
    _, (problem,) = parse_workflow("on: {pull_request: {types: [opend]}}\njobs: {a: {uses: a/b/c@v1}}\n", "w.yml")
    assert (problem.hint, "reopened" in problem.allowed) == ("did you mean 'opened'?", True)


def test_a_workflow_has_a_job() -> None:
    _, (problem,) = parse_workflow("on: push\njobs: {}\n", "w.yml")
    assert problem.message == "No jobs defined in `jobs`"
    assert problem.span.start.line == 2


def test_a_job_without_runs_on_is_told_of_nothing_else() -> None:
    text = "on: push\npermissions: {}\njobs:\n  b:\n    steps: [{run: make}]\n"
    workflow, problems = parse_workflow(text, "w.yml")
    assert workflow is not None
    assert [problem.message for problem in problems] == ["Required property is missing: runs-on"]
    assert lint_workflow(workflow, text, lambda _: None) == []
