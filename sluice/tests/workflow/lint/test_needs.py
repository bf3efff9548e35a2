from __future__ import annotations

from sluice.workflow.lint.linter import lint_workflow
from sluice.workflow.parser import parse_workflow

CIRCLE = """on: push
permissions: {}
jobs:
  a: {needs: c, runs-on: ubuntu-latest, steps: [{run: echo}]}
  b: {needs: a, runs-on: ubuntu-latest, steps: [{run: echo}]}
  c: {needs: b, runs-on: ubuntu-latest, steps: [{run: echo}]}
"""


def test_in_a_circle_no_need_is_called_redundant() -> None:
    workflow, _ = parse_workflow(CIRCLE, "w.yml")
    assert workflow is not None
    assert not [
        found for found in lint_workflow(workflow, CIRCLE, lambda _uses: None) if found.rule == "redundant-need"
    ]
