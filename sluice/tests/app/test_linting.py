from __future__ import annotations

from pathlib import Path

from sluice.app.linting import lint_files

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


def test_a_file_that_can_not_be_read_has_only_the_parsers_words(tmp_path: Path) -> None:
    workflow = tmp_path / "w.yml"
    workflow.write_text("on: [", encoding="utf-8")
    (linted,) = lint_files(tmp_path, [workflow])
    assert [found.rule for found in linted.found] == ["yaml"]
