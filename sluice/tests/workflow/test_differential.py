"""Workflows with random mistakes, read by Sluice and by GitHub's own TypeScript parser: both must refuse or accept.

``SLUICE_FUZZ`` is how many are compared (200, and 1000, unless told), ``SLUICE_FUZZ_SEED`` where to start. The
TypeScript parser is the editor's; where the service is stricter or newer, Sluice follows the service:
``KNOWN_DIFFERENCES``.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conformance_data import conformance_folder
from npm_package import package_folder

from sluice.source.diagnostics import Diagnostic, Severity
from sluice.workflow.conformance_case import read_fixture
from sluice.workflow.parser import parse_workflow

pytestmark = pytest.mark.needs_node

PACKAGE = "@actions/workflow-parser@0.3.61"
GIVEN = os.environ.get("SLUICE_FUZZ")
COUNTS = [int(GIVEN)] if GIVEN else [200, pytest.param(1000, marks=pytest.mark.slow)]
SEED = int(os.environ.get("SLUICE_FUZZ_SEED", "20240229"))

KNOWN_DIFFERENCES = [
    ("the service checks what `uses` names", r"Expected format \{org\}/\{repo\}",
     "on: push\njobs: {a: {runs-on: x, steps: [{uses: nothing}]}}", True),
    ("it waits for an expression beside the image that isn't there", r"Container image cannot be empty",
     "on: push\njobs: {a: {runs-on: x, container: {options: '${{ 1 }}'}, steps: []}}", True),
    ("the service refuses an empty vector", r"Matrix vector '.*' does not contain any values",
     "on: push\njobs: {a: {runs-on: x, strategy: {matrix: {b: []}}, steps: []}}", True),
    ("the editor can't show an `env` that is an expression", r"Unexpected type 'BasicExpressionToken'",
     "on: push\njobs: {a: {runs-on: x, env: '${{ github.ref }}', steps: []}}", False),
    ("the service minds no more than a warning", r"Unexpected value 'b'",
     "on: {workflow_dispatch: {b: 1}}\njobs: {a: {runs-on: x, steps: []}}", False),
]  # fmt: skip
"""Why, what is said, a workflow, and whether it is Sluice that says so."""

KEYS = [
    "runs-on",
    "steps",
    "run",
    "uses",
    "with",
    "env",
    "if",
    "needs",
    "name",
    "permissions",
    "strategy",
    "matrix",
    "concurrency",
    "defaults",
    "timeout-minutes",
    "continue-on-error",
    "outputs",
    "secrets",
    "container",
    "services",
    "environment",
    "shell",
    "id",
    "working-directory",
    "inputs",
    "types",
    "branches",
    "jobs",
    "on",
    "fail-fast",
    "max-parallel",
    "group",
    "foo",
]
VALUES = (
    "x", "1", "true", "null", "''", "[]", "{}", "[a, b]", "{a: 1}", "1.5", "-1", "read", "write-all",
    "${{ github.ref }}", "${{ secrets.X }}", "${{ env.A }}", "${{ steps.a.outputs.b }}", "${{ needs.a.result }}",
    "${{ matrix.os }}", "${{ foo }}", "${{ inputs.a }}", "${{ hashFiles('a') }}", "${{ always() }}",
    "${{ format('{0}', 1) }}", "${{ fromJSON('[1]') }}",
)  # fmt: skip
_ENTRY = re.compile(r"^(\s*(?:- )?)([\w-]+):(.*)$")

Ask = Callable[[list[str]], list[list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def reference() -> Ask:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not on this machine")
    folder = package_folder(npm, PACKAGE)
    script = Path(__file__).with_name("reference_parser.mjs")

    def ask(texts: list[str]) -> list[list[dict[str, Any]]]:
        lines = "".join(json.dumps({"name": ".github/workflows/w.yml", "text": text}) + "\n" for text in texts)
        done = subprocess.run(
            [node, str(script), str(folder)], input=lines, capture_output=True, text=True, check=True, timeout=600
        )
        return [json.loads(line)["errors"] for line in done.stdout.split("\n") if line]

    return ask


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.slow
def test_sluice_refuses_what_githubs_parser_refuses(
    reference: Ask, count: int, record_property: Callable[[str, object], None]
) -> None:
    whole, chance = _whole_workflows(), random.Random(SEED)  # noqa: S311 - cases, not secrets
    texts = [_mutated(chance.choice(whole), chance) for _ in range(count)]
    answers = reference(texts)
    assert len(answers) == count
    refused = sum(bool(answer) for answer in answers)
    assert count / 10 < refused < count * 9 / 10
    different = [line for text, answer in zip(texts, answers, strict=True) if (line := _difference(text, answer))]
    assert len(different) <= count // 1000, "\n\n".join(different)
    record_property(
        "checked",
        f"{count} workflows with random mistakes against {PACKAGE}: {refused} refused, {len(different)} unlike",
    )


@pytest.fixture(scope="module")
def known(reference: Ask) -> dict[str, list[str]]:
    """What GitHub's parser says to the workflows of the known differences, all asked at once."""
    texts = [text for _, _, text, _ in KNOWN_DIFFERENCES]
    answers = zip(texts, reference(texts), strict=True)
    return {text: [error["message"] for error in errors] for text, errors in answers}


@pytest.mark.parametrize(("said", "text", "by_sluice"), [row[1:] for row in KNOWN_DIFFERENCES])
def test_a_known_difference_is_one_still(known: dict[str, list[str]], said: str, text: str, by_sluice: bool) -> None:
    mine, theirs = [error.message for error in _errors(text)], known[text]
    assert bool(mine) == by_sluice
    assert bool(theirs) != by_sluice
    assert any(re.match(said, message) for message in (mine if by_sluice else theirs))


def _whole_workflows() -> list[str]:
    """GitHub's cases that are right and that the TypeScript parser reads."""
    folder = conformance_folder("workflows")
    beyond = set((folder.parent / "workflows-beyond-typescript.txt").read_text(encoding="utf-8").split())
    paths = [path for path in sorted(folder.glob("*.yml")) if "errors" not in path.stem]
    cases = [read_fixture(path.read_text(encoding="utf-8"), path.name) for path in paths if path.name not in beyond]
    return [case.workflow for case in cases if case.options.service and not case.others]


def _mutated(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.choice((1, 1, 2))):
        place = chance.randrange(len(lines))
        lines[place : place + 1] = _changed(lines[place], chance)
        lines = lines or [""]
    return "\n".join(lines)


def _changed(line: str, chance: random.Random) -> list[str]:
    entry, choice = _ENTRY.match(line), chance.random()
    if choice < 0.2:
        return []
    if entry is None:
        return [line]
    indent, key, value = entry.groups()
    if choice < 0.45:
        return [f"{indent}{chance.choice(KEYS)}:{value}"]
    if choice < 0.9:
        return [f"{indent}{key}: {chance.choice(VALUES)}"]
    return [f"{' ' * len(indent)}{chance.choice(KEYS)}: {chance.choice(VALUES)}", line]


def _difference(text: str, theirs: list[dict[str, Any]]) -> str | None:
    mine = _errors(text)
    if bool(mine) == bool(theirs):
        return None
    messages = [error.message for error in mine] or [error["message"] for error in theirs]
    if all(any(re.match(said, message) for _, said, _, _ in KNOWN_DIFFERENCES) for message in messages):
        return None
    return f"{'Sluice' if mine else 'GitHub'}: {messages}\n{text}"


def _errors(text: str) -> list[Diagnostic]:
    _, found = parse_workflow(text, ".github/workflows/w.yml")
    return [one for one in found if one.severity is Severity.ERROR]
