"""What a person asks for: held against what there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from commanding import sluice

OTHER = """on: push
permissions: {}
jobs: {other: {runs-on: ubuntu-latest, environment: staging, steps: [{run: 'true'}]}}
"""


@pytest.fixture
def other(repository: Path) -> Path:
    (repository / ".github/workflows/other.yml").write_text(OTHER, encoding="utf-8")
    return repository


@pytest.mark.slow
def test_an_approval_that_was_misspelt_is_told(other: Path) -> None:
    (other / "sluice.toml").write_text("[environment.Production]\nreviewers = ['ann']\n", encoding="utf-8")
    for word, meant in (("stagin", "staging"), ("productoin", "Production")):
        done = sluice("run", "other.yml", "--approve", word)
        assert (done.returncode, f"did you mean '{meant}'?" in done.stderr) == (2, True)
    assert sluice("run", "other.yml", "--quiet", "--approve", "Staging", "--approve", "unheard-of").returncode == 0


@pytest.mark.slow
def test_quiet_says_the_verdict_and_nothing_else(other: Path) -> None:
    done = sluice("run", "other.yml", "--quiet")
    assert done.stdout.startswith("+ .github/workflows/other.yml #1 passed in ")
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")
    (other / ".github/workflows/other.yml").write_text(OTHER.replace("'true'", "'false'"), encoding="utf-8")
    assert sluice("run", "other.yml", "--quiet").stdout.startswith("x .github/workflows/other.yml #2 failed in ")
