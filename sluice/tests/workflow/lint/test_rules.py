"""Every rule, by its files in ``cases/lint``: what it says of ``<rule>.yaml``, and that ``<rule>.ok.yaml`` is fine."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from sluice.source.diagnostics import Diagnostic
from sluice.workflow.action_parser import parse_action
from sluice.workflow.lint.formats import format_text
from sluice.workflow.lint.linter import lint_workflow
from sluice.workflow.lint.registry import RULES
from sluice.workflow.model import ActionManifest
from sluice.workflow.parser import parse_workflow

CASES = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "cases/lint"

_ACTIONS = {
    "example/action@v1": """
        name: A
        inputs:
          name: {required: true}
          level: {required: true, default: high}
          label: {}
          old: {deprecationMessage: use label}
        outputs:
          path: {description: where}
        runs: {using: node20, main: index.js}
        """,
    "dorny/paths-filter@v3": "{name: D, outputs: {changes: {}}, runs: {using: node20, main: index.js}}",
    "example/ancient@v1": "{name: B, runs: {using: node12, main: index.js}}",
    "example/retired@v1": "{name: D, runs: {using: node20, main: index.js}}",
    "example/image@v1": "{name: C, runs: {using: docker, image: Dockerfile}}",
}


def _manifest(uses: str) -> ActionManifest | None:
    text = _ACTIONS.get(uses)
    manifest = parse_action(text, "action.yml")[0] if text else None
    return replace(manifest, refused="since May: use v2") if manifest and "retired" in uses else manifest


def _lint(path: Path, rule: str) -> tuple[list[Diagnostic], str]:
    text = path.read_text(encoding="utf-8")
    workflow, problems = parse_workflow(text, path.name)
    assert workflow is not None
    assert [problem for problem in problems if problem.rule not in {"expression", "unavailable-context"}] == []
    found = lint_workflow(workflow, text, _manifest, rules=[rule])
    return found, format_text(found, {path.name: text})


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_exactly_what_its_case_expects(rule: str) -> None:
    found, text = _lint(CASES / f"{rule}.yaml", rule)
    expected = CASES / f"{rule}.out"
    if os.environ.get("SLUICE_WRITE_CASES"):
        expected.write_text(text, encoding="utf-8")
    assert found, "the case breaks the rule"
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_silent_where_all_is_well(rule: str) -> None:
    found, text = _lint(CASES / f"{rule}.ok.yaml", rule)
    assert found == [], text


def test_every_case_belongs_to_a_rule() -> None:
    names = {path.name.split(".")[0] for path in CASES.iterdir()}
    assert names == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_explains_itself(rule: object) -> None:
    explained = RULES[getattr(rule, "id", "")]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", explained.id)
    assert explained.explanation.endswith(".")
    assert explained.example


@pytest.mark.parametrize(("triggers", "found"), [("workflow_call", 0), ("[workflow_call, push]", 1)])
def test_a_workflow_that_is_only_called_has_the_permissions_of_its_caller(triggers: str, found: int) -> None:
    text = f"on: {triggers}\njobs: {{a: {{runs-on: ubuntu-latest, steps: [{{run: make}}]}}}}\n"
    workflow, _ = parse_workflow(text, "w.yml")
    assert workflow is not None
    assert len(lint_workflow(workflow, text, _manifest, rules=["missing-permissions"])) == found
