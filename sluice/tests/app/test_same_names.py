"""Two repositories without a remote, in folders of the same name: nothing of one is the other's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Ran, Run

WORKFLOW = """on: push
concurrency: {group: ci, cancel-in-progress: true}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - id: cache
        uses: actions/cache@v4
        with: {path: kept, key: k}
      - run: |
          echo ">$(cat kept/whose || echo nobody)"
          mkdir -p kept; echo "$WHO" > kept/whose
        env: {WHO: "${{ vars.WHO }}"}
"""


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """A second repository whose folder is called as the first one's."""
    root = tmp_path / "elsewhere/repository"
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/w.yml").write_text(WORKFLOW, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=root, check=True)
    return root


@pytest.mark.slow
def test_caches_and_concurrency_groups_are_each_repositorys_own(
    run: Run, run_file: Run, another: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(ran: Ran) -> list[str]:
        assert ran.code == 0, ran.log("job")
        return ran.said("job")

    assert said(run(WORKFLOW, variables={"WHO": "first"})) == ["nobody"]
    assert said(run(WORKFLOW, variables={"WHO": "first"})) == ["first"]
    monkeypatch.chdir(another)
    assert said(run_file("w.yml", variables={"WHO": "second"})) == ["nobody"]
    assert said(run_file("w.yml", variables={"WHO": "second"})) == ["second"]
    assert len(list((tmp_path / "home/state/concurrency").glob("*.json"))) == 2
