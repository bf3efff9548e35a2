from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.app.workflows.linting import lint_files
from sluice.app.workflows.repository import find_files
from sluice.source.errors import UsageError

WORKFLOW = """\
on:
  push: {branches: ["[a"]}
  schedule: [{cron: "0 25 * * *"}]
permissions: {}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: ./tool
        with: {nmae: x}
      - uses: actions/checkout@v4
        with: {fetch-dept: 0}
      - if: secrets.TOKEN
        run: make | tee log
"""
TOOL = "{name: Tool, inputs: {name: {}}, runs: {using: composite, steps: []}}"


def test_all_that_is_known_of_a_file_is_told_once(tmp_path: Path) -> None:
    workflow = tmp_path / "w.yml"
    workflow.write_text(WORKFLOW, encoding="utf-8")
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/action.yml").write_text(TOOL, encoding="utf-8")
    (linted,) = lint_files(tmp_path, [workflow])
    lines = [(found.span.start.line, found.message) for found in linted.found]
    assert len(set(lines)) == len(lines)
    assert [line for line, _ in lines] == [2, 3, 10, 12, 13, 14]
    assert any("Unrecognized named-value: 'secrets'" in message for _, message in lines)


@pytest.mark.parametrize("table", ["lint", "run"])
def test_labels_of_runners_of_ones_own_are_known(tmp_path: Path, table: str) -> None:
    workflow = tmp_path / "w.yml"
    workflow.write_text(
        "on: push\npermissions: {}\njobs: {a: {runs-on: [ubuntu-latest, Big-16], steps: [{run: make}]}}\n",
        encoding="utf-8",
    )
    assert [found.rule for found in lint_files(tmp_path, [workflow])[0].found] == ["unknown-runner-label"]
    (tmp_path / "sluice.toml").write_text(f'[{table}]\nlabels = ["big-16"]\n', encoding="utf-8")
    assert lint_files(tmp_path, [workflow])[0].found == ()


def test_a_file_that_can_not_be_read_has_only_the_parsers_words(tmp_path: Path) -> None:
    workflow = tmp_path / "w.yml"
    workflow.write_text("on: [", encoding="utf-8")
    (linted,) = lint_files(tmp_path, [workflow])
    assert [found.rule for found in linted.found] == ["yaml"]


def test_inputs_of_a_mapped_action_are_checked_and_of_an_absent_one_told(tmp_path: Path) -> None:
    workflow = tmp_path / "w.yml"
    uses = "- {uses: owner/tool@v1, with: {nmae: x}}\n      - {uses: other/thing@v1, with: {a: x}}"
    text = WORKFLOW.replace("- uses: ./tool\n        with: {nmae: x}", uses)
    workflow.write_text(text, encoding="utf-8")
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/action.yml").write_text(TOOL, encoding="utf-8")
    (tmp_path / "sluice.toml").write_text('[actions.map]\n"owner/tool" = "tool"\n', encoding="utf-8")
    (linted,) = lint_files(tmp_path, [workflow])
    told = [found for found in linted.found if found.rule != "unpinned-action"]
    said = {found.span.start.line: (found.severity.value, found.message) for found in told}
    assert said[9][0] == "warning"
    assert "'nmae'" in said[9][1]
    assert said[10] == (
        "notice",
        "Inputs and outputs of 'other/thing@v1' were not checked: The action 'other/thing@v1' can't be had offline",
    )


def test_actions_that_only_were_not_fetched_are_told_in_one_line(tmp_path: Path) -> None:
    workflow = tmp_path / "w.yml"
    steps = "- uses: a/b@v1\n      - uses: c/d@v2\n      - uses: a/b@v1"
    workflow.write_text(WORKFLOW.replace("- uses: ./tool\n        with: {nmae: x}", steps), encoding="utf-8")
    (linted,) = lint_files(tmp_path, [workflow])
    assert [found.message for found in linted.found if found.rule == "not-checked"] == [
        "Inputs and outputs of 2 actions were not checked, which can't be had offline: 'a/b@v1', 'c/d@v2'"
    ]


def test_an_action_that_github_does_not_load_is_an_error_with_its_place(tmp_path: Path) -> None:
    workflow = tmp_path / "w.yml"
    workflow.write_text(WORKFLOW, encoding="utf-8")
    (tmp_path / "tool").mkdir()
    steps = "- {run: make}\n  - {shell: sh, run: 'echo ${{ secrets.A }}'}\n"
    (tmp_path / "tool/action.yml").write_text(f"runs:\n  using: composite\n  steps:\n  {steps}", encoding="utf-8")
    (linted,) = lint_files(tmp_path, [workflow])
    (found,) = [found for found in linted.found if found.rule == "action"]
    assert (found.span.start.line, found.severity.value) == (9, "error")
    assert "./tool/action.yml (Line: 4, Col: 5): Required property is missing: shell" in found.message
    assert "./tool/action.yml (Line: 5, Col: 22): Unrecognized named-value: 'secrets'" in found.message


@pytest.mark.parametrize(("outer", "inner"), [("./", "./"), ("$/", "$/"), ("./", "$/")])
def test_what_a_composite_action_uses_in_turn_is_looked_at_too(tmp_path: Path, outer: str, inner: str) -> None:
    workflow = tmp_path / "w.yml"
    workflow.write_text(WORKFLOW.replace("./tool", f"{outer}tool"), encoding="utf-8")
    below = ", ".join(f"{{uses: {inner}{name}}}" for name in ("inner", "tool", "gone"))
    for name, steps in (("tool", below), ("inner", "{run: make}")):
        (tmp_path / name).mkdir()
        text = f"name: T\nruns: {{using: composite, steps: [{steps}]}}\n"
        (tmp_path / name / "action.yml").write_text(text, encoding="utf-8")
    (linted,) = lint_files(tmp_path, [workflow])
    told = {found.rule: (found.span.start.line, found.message) for found in linted.found}
    assert told["action"][0] == told["not-checked"][0] == 9
    place = f"{inner}inner/action.yml (Line: 2, Col: 34)"
    assert f"'{inner}inner' can't be used: {place}: Required property" in told["action"][1]
    assert f"'{inner}gone'" in told["not-checked"][1]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.write_bytes(b"\xff\xfe\x00\x9a"), Path.mkdir])
def test_what_is_no_text_keeps_no_other_file_from_being_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    make(folder / "a.yml")
    (folder / "b.yml").write_text(WORKFLOW, encoding="utf-8")
    linted = {Path(file.file).name: file.found for file in lint_files(tmp_path, find_files(tmp_path, ()))}
    assert len(linted["b.yml"]) > 3
    assert [found.rule for found in linted.get("a.yml", ())] in ([], ["yaml"])


def test_a_pipe_is_no_workflow(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "w.yml")
    with pytest.raises(UsageError, match="no regular file"):
        lint_files(tmp_path, [tmp_path / "w.yml"])
