from __future__ import annotations

import time

import pytest

from sluice.source.diagnostics import Diagnostic
from sluice.workflow.lint.linter import lint_workflow
from sluice.workflow.model import ActionManifest
from sluice.workflow.parser import parse_workflow

HEAD = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"


def _no_actions(_: str) -> ActionManifest | None:
    return None


def _lint(text: str) -> list[Diagnostic]:
    workflow, problems = parse_workflow(text, "w.yml")
    assert workflow is not None
    assert problems == []
    return lint_workflow(workflow, text, _no_actions)


def _rules(text: str) -> list[str]:
    return [found.rule for found in _lint(text)]


def test_a_good_workflow_has_no_findings() -> None:
    assert _lint(HEAD + "      - run: make\n") == []


def test_findings_come_in_reading_order_and_once() -> None:
    text = HEAD + "      - run: make | tee x\n      - if: true\n        run: echo ${{ github.head_ref }}\n"
    found = _lint(text)
    assert [(str(one.span.start), one.rule) for one in found] == [
        ("7:14", "pipe-without-pipefail"),
        ("8:13", "constant-condition"),
        ("9:23", "untrusted-input-in-script"),
    ]
    repeated = HEAD + "      - run: echo ${{ github.head_ref }} ${{ github.head_ref }}\n"
    assert _rules(repeated) == ["untrusted-input-in-script"]


def test_a_comment_silences_a_rule_on_its_line_or_below() -> None:
    assert _rules(HEAD + "      - run: make | tee x # sluice: ignore[pipe-without-pipefail] it can't fail\n") == []
    assert (
        _rules(HEAD + "      # sluice: ignore[constant-condition, pipe-without-pipefail]\n      - run: a | b\n") == []
    )
    assert _rules(HEAD + "      - run: make | tee x # sluice: ignore\n") == []


def test_a_comment_silences_nothing_else() -> None:
    assert _rules(HEAD + "      - run: a | b # sluice: ignore[constant-condition]\n") == ["pipe-without-pipefail"]
    assert _rules(HEAD + "      - run: a # sluice: ignore\n      - run: a | b\n") == ["pipe-without-pipefail"]


def test_secrets_in_a_condition_are_told_in_the_same_words() -> None:
    text = HEAD + "      - if: secrets.TOKEN != ''\n        run: make\n"
    workflow, problems = parse_workflow(text, "w.yml")
    assert workflow is not None
    found = [*problems, *lint_workflow(workflow, text, _no_actions)]
    assert {one.message for one in found} == {
        "Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.TOKEN != ''"
    }


@pytest.mark.slow
def test_a_large_workflow_is_read_quickly() -> None:
    text = HEAD + "".join(
        f"      - id: s{number}\n        run: echo ${{{{ steps.s{max(0, number - 1)}.outputs.x }}}} | tee x\n"
        for number in range(300)
    )
    start = time.process_time()
    found = _lint(text)
    assert len([one for one in found if one.rule == "pipe-without-pipefail"]) == 0
    assert len([one for one in found if one.rule == "undefined-step"]) == 1
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "script",
    [
        "'" * 20_000,
        "a|" * 10_000,
        "<<x " * 5000,
        "[[ " * 6000,
        "\\" * 20_000,
        "if " * 6000 + "| x",
        "set -o " * 3000,
        "x=$(a|b) " * 3000,
        "x=$(" * 5000,
        "a|b || true " * 2000,
        ";! a|b" * 3000,
        "A=1 x=$(a|b);" * 2000,
    ],
    ids=lambda script: script[:7],
)
def test_a_hostile_script_takes_no_time(script: str) -> None:
    start = time.process_time()
    _lint(HEAD + f"      - run: |\n          {script}\n")
    assert time.process_time() - start < 3
