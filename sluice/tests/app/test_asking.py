"""What a person asks for: held against what there is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commanding import sluice

SEEN = """on: push
permissions: {}
jobs: {seen: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}
"""
OTHER = """on: push
permissions: {}
jobs: {other: {runs-on: ubuntu-latest, environment: staging, steps: [{run: 'true'}]}}
"""


@pytest.fixture
def two(repository: Path) -> Path:
    (repository / ".github/workflows/seen.yml").write_text(SEEN, encoding="utf-8")
    (repository / ".github/workflows/other.yml").write_text(OTHER, encoding="utf-8")
    return repository


def test_a_job_of_one_workflow_is_run_without_the_others(two: Path) -> None:
    done = sluice("run", "--job", "other", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["workflow_file"] for line in sluice("list", "--json").stdout.splitlines()] == [
        ".github/workflows/other.yml"
    ]
    misspelt = sluice("run", "--job", "othr")
    assert (misspelt.returncode, "no job 'othr' in these workflows" in misspelt.stderr) == (2, True)
    assert "did you mean 'other'?" in misspelt.stderr
    assert "No workflow has all of the jobs other, seen" in sluice("run", "-j", "other", "-j", "seen").stderr
    assert two.is_dir()


def test_an_approval_that_was_misspelt_is_told(two: Path) -> None:
    (two / "sluice.toml").write_text("[environment.Production]\nreviewers = ['ann']\n", encoding="utf-8")
    for word, meant in (("stagin", "staging"), ("productoin", "Production")):
        done = sluice("run", "other.yml", "--approve", word)
        assert (done.returncode, f"did you mean '{meant}'?" in done.stderr) == (2, True)
    assert sluice("run", "other.yml", "--quiet", "--approve", "Staging", "--approve", "unheard-of").returncode == 0


def test_quiet_says_the_verdict_and_nothing_else(two: Path) -> None:
    done = sluice("run", "other.yml", "--quiet")
    assert done.stdout.startswith("+ .github/workflows/other.yml #1 passed in ")
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")
    (two / ".github/workflows/other.yml").write_text(OTHER.replace("'true'", "'false'"), encoding="utf-8")
    assert sluice("run", "other.yml", "--quiet").stdout.startswith("x .github/workflows/other.yml #2 failed in ")
