"""``pull_request_target``: the workflow, the ref and the commit are the default branch's, the pull request is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from running import Run

from sluice.app.running.options import RunOptions
from sluice.app.running.rerun import find_repeated, rerun
from sluice.app.runs.history import load_state, open_store
from sluice.source.errors import UsageError

pytestmark = pytest.mark.needs_git
WORKFLOW = """on: {pull_request_target: {branches: [main]}}
jobs:
  label:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          echo "> WHOSE $GITHUB_REF $GITHUB_SHA $(git rev-parse HEAD) $GITHUB_BASE_REF $GITHUB_HEAD_REF"
          echo "> ${{ github.event.pull_request.head.sha }} ${{ github.event.pull_request.base.sha }}"
      - uses: actions/checkout@v4
        with: {ref: 'refs/pull/${{ github.event.number }}/merge'}
      - run: 'echo "> $(git rev-parse HEAD) $(cat file)"'
  call: {uses: ./.github/workflows/called.yml}
"""
CALLED = """on: workflow_call
jobs: {told: {runs-on: ubuntu-latest, steps: [{run: echo '> called WHOSE'}]}}
"""


def git(repository: Path, *words: str) -> str:
    command = ("git", "-c", "user.name=A", "-c", "user.email=a@b.c", *words)
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()


def commit(repository: Path, whose: str) -> None:
    folder = repository / ".github/workflows"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("w.yml", WORKFLOW), ("called.yml", CALLED)):
        (folder / name).write_text(text.replace("WHOSE", whose), encoding="utf-8")
    (repository / "file").write_text(whose, encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", whose)


@pytest.fixture
def proposed(repository: Path) -> Path:
    """A branch that changes the workflow of the main branch."""
    commit(repository, "main")
    git(repository, "checkout", "-qb", "feature")
    commit(repository, "feature")
    return repository


@pytest.mark.slow
def test_the_workflow_and_the_commit_of_the_default_branch_run(proposed: Path, run_file: Run) -> None:
    ran = run_file("w.yml", event="pull_request_target")
    main, feature = (git(proposed, "rev-parse", name) for name in ("main", "feature"))
    assert ran.said("label") == [
        f"main refs/heads/main {main} {main} main feature",
        f"{feature} {main}",
        f"{feature} feature",
    ]
    assert ran.said("call/told") == ["called main"]
    assert ran.state.facts is not None
    assert (ran.state.facts.ref, ran.state.facts.sha, ran.state.facts.dirty) == ("refs/heads/main", main, False)


@pytest.mark.slow
def test_on_the_default_branch_the_files_as_they_stand_run(proposed: Path, run_file: Run) -> None:
    git(proposed, "checkout", "-q", "main")
    (proposed / "file").write_text("changed", encoding="utf-8")
    assert run_file("w.yml", event="pull_request_target").said("label")[-1].endswith(" changed")


def test_a_workflow_that_the_default_branch_lacks_does_not_run(proposed: Path, run_file: Run) -> None:
    git(proposed, "mv", ".github/workflows/w.yml", ".github/workflows/new.yml")
    with pytest.raises(UsageError, match=r"default branch 'main', which has no \.github/workflows/new\.yml"):
        run_file("new.yml", event="pull_request_target")


@pytest.mark.slow
def test_without_a_name_the_workflows_are_those_of_the_default_branch(proposed: Path, run_file: Run) -> None:
    git(proposed, "mv", ".github/workflows/w.yml", ".github/workflows/new.yml")
    ran = run_file("", paths=(), event="pull_request_target")
    assert ran.said("call/told") == ["called main"]


@pytest.mark.slow
def test_what_failed_is_chosen_by_the_file_of_the_default_branch(repository: Path, run_file: Run) -> None:
    file = repository / ".github/workflows/w.yml"
    jobs = (
        "good: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}, bad: {runs-on: ubuntu-latest, steps: [{run: exit 1}]}"
    )
    file.write_text(f"on: pull_request_target\njobs: {{{jobs}}}\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "main")
    git(repository, "checkout", "-qb", "feature")
    file.write_text(f"on: pull_request_target\njobs: {{{jobs.replace('good', 'other')}}}\n", encoding="utf-8")
    assert run_file("w.yml", event="pull_request_target").results() == {"good": "success", "bad": "failure"}
    assert rerun(find_repeated("latest"), RunOptions(output="plain"), failed=True) == 1
    with open_store() as store:
        again = load_state(store, store.find_run("latest").run)
    assert {key: job.started is not None for key, job in again.jobs.items()} == {"good": False, "bad": True}
