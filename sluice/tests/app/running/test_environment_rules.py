"""The rules of an environment for branches and tags keep a job out, as GitHub's do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Run

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
WORKFLOW = """on: [push, pull_request]
jobs:
  job:
    runs-on: ubuntu-latest
    environment: production
    steps: [{run: 'echo ">${{ secrets.KEY }}"'}]
  other:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
"""
REFUSED = "environment 'production' takes branches release/**; tags v*, !v*-*, and this run is of "


@pytest.mark.parametrize(
    ("ref", "refused"),
    [
        ("refs/heads/release/1", ""),
        ("refs/tags/v1", ""),
        ("refs/heads/main", "branch main"),
        ("refs/tags/v1-rc", "tag v1-rc"),
    ],
)
def test_a_run_of_another_ref_is_kept_out(run: Run, repository: Path, ref: str, refused: str) -> None:
    for words in (["branch", "release/1"], ["tag", "v1"], ["tag", "v1-rc"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    rules = 'branches = ["release/**"]\ntags = ["v*", "!v*-*"]\nsecrets = ["KEY"]\n'
    (repository / "sluice.toml").write_text(f"[environment.production]\n{rules}", encoding="utf-8")
    ran = run(WORKFLOW, event="push", ref=ref, secrets={"KEY": "hush"})
    assert ran.results() == {"job": "failure" if refused else "success", "other": "success"}
    assert ran.job("job").reason == (REFUSED + refused if refused else ran.job("job").reason)
    assert bool(ran.said("job")) is not bool(refused)


def test_without_rules_every_ref_may_enter(run: Run, repository: Path) -> None:
    (repository / "sluice.toml").write_text("[environment.production]\nwait-timer = 0\n", encoding="utf-8")
    assert run(WORKFLOW).code == 0
