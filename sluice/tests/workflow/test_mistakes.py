"""Mistakes that are easily made, and what is said of them: the word that was meant, and no more than was done."""

from __future__ import annotations

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


def test_a_job_without_runs_on_is_told_of_nothing_else() -> None:
    text = "on: push\npermissions: {}\njobs:\n  b:\n    steps: [{run: make}]\n"
    workflow, problems = parse_workflow(text, "w.yml")
    assert workflow is not None
    assert [problem.message for problem in problems] == ["Required property is missing: runs-on"]
    assert lint_workflow(workflow, text, lambda _: None) == []
