"""What a shell offers after Tab, asked for as each shell asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from commanding import sluice
from running import Run

TEXT = """on: {push: , workflow_dispatch: }
jobs:
  first: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}
  second: {needs: first, runs-on: ubuntu-latest, steps: [{run: 'true'}]}
"""
BIN = Path(sys.executable).parent


def asked(line: str) -> set[str]:
    """What bash is answered for the word after the last blank of this line."""
    asking = {"_SLUICE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    with patch.dict(os.environ, asking):
        done = sluice()
    assert done.stderr == ""
    return {answer.partition(",")[2] for answer in done.stdout.splitlines() if answer}


@pytest.fixture
def ran(run: Run) -> str:
    return run(TEXT).state.run


def test_runs_jobs_workflows_and_events_are_offered(ran: str, repository: Path) -> None:
    (repository / "sluice.toml").write_text("[environment.live]\nreviewers = ['ann']\n", encoding="utf-8")
    assert asked("sluice show ") == {"latest", ran}
    assert asked("sluice explain latest s") == {"second"}
    assert asked("sluice run w") == {"w.yml"}
    assert asked("sluice run -j ") == {"first", "second"}
    assert asked("sluice run w.yml --event w") == {"workflow_dispatch"}
    assert asked("sluice run --approve ") == {"live"}
    assert asked("sluice expl") == {"explain"}


INPUTS = """on:
  workflow_dispatch:
    inputs:
      target: {type: choice, options: [staging, live], description: Where to}
      dry: {type: boolean}
  workflow_call:
    inputs: {target: {type: string}, other: {type: string}}
    secrets: {CALLED: {required: false}}
env: {A: "${{ secrets.USED }}"}
jobs:
  first: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}
"""


def test_inputs_and_secrets_are_offered(repository: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(INPUTS, encoding="utf-8")
    (repository / "sluice.toml").write_text("[secret.DECLARED]\ndescription = 'for x'\n", encoding="utf-8")
    assert asked("sluice run w.yml -i ") == {"target=", "dry=", "other="}
    assert asked("sluice run --input t") == {"target="}
    assert asked("sluice run --input target=l") == {"target=live"}
    assert asked("sluice run --input dry=") == {"dry=true", "dry=false"}
    assert asked("sluice run -s ") == asked("sluice rerun -s ") == {"DECLARED", "USED", "CALLED"}


@pytest.mark.parametrize("option", ["--secret-file", "--var-file", "--event-file"])
def test_files_are_offered_where_a_file_is_wanted(option: str) -> None:
    asking = {"_SLUICE_COMPLETE": "bash_complete", "COMP_WORDS": f"sluice run {option} ", "COMP_CWORD": "3"}
    with patch.dict(os.environ, asking):
        assert sluice().stdout.startswith("file,")


def test_where_something_is_wrong_nothing_is_said(repository: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text("on: [", encoding="utf-8")
    for option in ("-j", "-i", "-s"):
        assert asked(f"sluice run {option} ") == set()
    assert asked("sluice explain nothing ") == set()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
@pytest.mark.usefixtures("ran")
def test_fish_completes() -> None:
    script = 'sluice completion fish | source; complete -C "sluice explain latest f"'
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["fish", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\t")[0].strip() == "first"


@pytest.mark.usefixtures("ran")
@pytest.mark.slow
def test_bash_completes() -> None:
    script = """eval "$(sluice completion bash)"
COMP_WORDS=(sluice explain latest f) COMP_CWORD=3
_sluice_completion sluice
printf '%s' "${COMPREPLY[*]}"
"""
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "first", done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
@pytest.mark.usefixtures("ran")
def test_zsh_completes() -> None:
    script = """autoload -U compinit; compinit -D
eval "$(sluice completion zsh)"
function _describe { print -r -- ${(P)3} }
function compadd { print -r -- "$@" }
words=(sluice explain latest f) CURRENT=4
_sluice_completion
"""
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["zsh", "-fc", script], env=environment, capture_output=True, text=True, check=False)
    assert "first" in done.stdout.replace(":", " ").split(), done.stdout + done.stderr
