from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from commanding import sluice

from sluice.cli.main import cli

CASE = """include-source: false
---
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    if: env.A
    steps: [{run: x}]
---
{}"""


def test_a_workflow_is_printed_with_the_places_of_its_strings(tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{run: echo}]}}\n", encoding="utf-8")
    ran = CliRunner().invoke(cli, ["parse", str(tmp_path / "w.yml")])
    (job,) = json.loads(ran.output)["jobs"]
    assert job["runs-on"] == {"type": 0, "file": 1, "line": 2, "col": 21, "lit": "x"}


def test_a_workflow_is_named_as_for_other_commands(repository: Path) -> None:
    folder = repository / ".github/workflows"
    (folder / "only.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{run: echo}]}}\n", encoding="utf-8")
    for name in ("only.yml", "only"):
        assert json.loads(sluice("parse", name).stdout)["jobs"][0]["id"]["lit"] == "a"
    assert "No workflow 'none.yml'" in sluice("parse", "none.yml").stderr


def test_a_fixture_gives_what_its_last_part_should_be(tmp_path: Path) -> None:
    (tmp_path / "case.yml").write_text(CASE, encoding="utf-8")
    ran = CliRunner().invoke(cli, ["parse", "--fixture", str(tmp_path / "case.yml")])
    message = "Unrecognized named-value: 'env'. Located at position 1 within expression: env.A"
    assert json.loads(ran.output) == {
        "errors": [{"Message": f".github/workflows/case.yml (Line: 5, Col: 9): {message}"}]
    }
