"""Runs a workflow for real in a small repository and tells what came of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sluice.app.options import RunOptions
from sluice.app.presentation import log_reader
from sluice.app.run import run_workflows
from sluice.events.fold import fold
from sluice.events.state import JobState, RunState
from sluice.store.sqlite import SqliteStore
from sluice.views.logs import read_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A finished run: its exit code, state, and logs."""

    code: int
    state: RunState
    folder: Path

    def job(self, key: str) -> JobState:
        return self.state.jobs[key]

    def results(self) -> dict[str, str | None]:
        return {key: job.conclusion for key, job in self.state.jobs.items()}

    def steps(self, job: str) -> dict[str, tuple[str | None, str | None]]:
        """Outcome and conclusion by id of the steps, set-up and completion aside."""
        found = self.state.jobs[job].steps.values()
        return {step.id: (step.outcome, step.conclusion) for step in found if step.phase not in {"setup", "complete"}}

    def log(self, job: str) -> list[str]:
        read = log_reader(self.folder)
        return [line for step in self.state.jobs[job].steps.values() for line in read_lines(job, step, read)]

    def said(self, job: str) -> list[str]:
        """What the scripts of a job printed after the mark ``>``."""
        return [line[1:].strip() for line in self.log(job) if line.startswith(">")]


Run = Callable[..., Ran]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository with one commit, and a home of Sluice's own."""
    root = tmp_path / "repository"
    (root / ".github/workflows").mkdir(parents=True)
    for command in (
        ["git", "init", "--quiet", "--initial-branch=main"],
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "--allow-empty", "-m", "First"],
    ):
        subprocess.run(command, cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    return root


@pytest.fixture
def run(repository: Path, tmp_path: Path) -> Run:
    """Run the text of a workflow; keyword arguments are ``RunOptions``."""

    def run_text(text: str, **options: object) -> Ran:
        (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
        given = replace(RunOptions(paths=("w.yml",), output="quiet", at_once=8), **options)  # type: ignore[arg-type]  # a test's options are right
        code = run_workflows(given)
        with SqliteStore(tmp_path / "home/state") as store:
            row = store.find_run("latest")
            state: RunState | None = None
            for record in store.read(row.run):
                state = fold(state, record)
            assert state is not None
            return Ran(code=code, state=state, folder=store.folder(row.run))

    return run_text
