"""A job that publishes deploys for real: outside of itself, so that what it deployed outlives it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

import pytest
from commanding import sluice
from deployed import Project

pytestmark = pytest.mark.slow
WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: {environment}
    steps:
      - uses: actions/checkout@v4
        with: {{ fetch-depth: 0 }}
      - run: {python} -m sluice deploy staging
        env:
          TOKEN: hush-hush
"""
VERIFY = '[environment.staging.verify]\ncommand = "test ! -e {forbidden} || {{ echo not $TOKEN; exit 3; }}"\n'
Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Project] = []

    def project_of(environment: str = "staging", more: str = "") -> Project:
        with socket.socket() as plug:
            plug.bind(("127.0.0.1", 0))
            port = plug.getsockname()[1]
        end = VERIFY.format(forbidden=tmp_path / "forbidden") + "[environment.other]\n"
        project = Project(tmp_path / "project", tmp_path / "home", port, f'secrets = ["TOKEN"]\n{more}', end)
        (project.root / ".github/workflows").mkdir(parents=True)
        text = WORKFLOW.format(environment=environment, python=sys.executable)
        (project.root / ".github/workflows/deploy.yml").write_text(text, encoding="utf-8")
        made.append(project)
        return project

    yield project_of
    for project in made:
        said = project.run("stop", "staging")
        assert "nothing runs now" in said or "nothing ran" in said
        assert project.supervisor() is None


def kept(project: Project) -> dict[str, str]:
    named = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**named, "SLUICE_HOME": str(project.home)}


def start(project: Project, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sluice", "run", "deploy.yml", "--plain", *words],
        cwd=project.root,
        env=kept(project),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(project: Project, *words: str, code: int = 0) -> str:
    with patch.dict(os.environ, kept(project), clear=True), chdir(project.root):
        done = sluice("run", "deploy.yml", "--plain", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_job_that_publishes_deploys_and_it_stays(make: Make) -> None:
    project = make()
    project.commit("v1")
    assert "rehearsed deployment staging (process)" in run(project)
    assert project.history() == [], "a rehearsal leaves nothing"
    said = run(project, "--publish")
    assert "deploy: published deployment staging (process)" in said
    assert project.answer() == "v1 hush-hush", "it outlives the job"
    (entry,) = project.history()
    assert entry["phase"] == "finished"
    project.commit("v2")
    run(project)
    assert project.answer() == "v1 hush-hush"
    run(project, "--publish")
    assert project.answer() == "v2 hush-hush"


def test_what_fails_outside_fails_the_job(make: Make, tmp_path: Path) -> None:
    project = make()
    project.commit("v1")
    run(project)
    (tmp_path / "forbidden").touch()  # a job's /tmp is its own: only what runs outside of it sees this
    said = run(project, "--publish", code=1)
    assert "verification failed" in said
    assert "not ***" in said
    assert [one["phase"] for one in project.history()] == ["rolled back"]


def test_a_job_deploys_to_its_own_environment_only(make: Make) -> None:
    project = make("other")
    project.commit("v1")
    refused = "the job has the environment 'other': it can't deploy to 'staging'"
    assert refused in run(project, code=1)
    file = project.root / ".github/workflows/deploy.yml"
    text = file.read_text(encoding="utf-8")
    rehearsed = text.replace("- run: ", '- run: test "$SLUICE_PUBLISH" = false || ')  # which says nothing of it
    file.write_text(rehearsed, encoding="utf-8")
    project.commit("v2")
    run(project)
    assert refused in run(project, "--publish", code=1)
    assert project.history() == []


def test_an_environment_with_reviewers_is_approved_by_the_job(make: Make) -> None:
    project = make(more='reviewers = ["ada"]\nwait-timer = 0.01')
    project.commit("v1")
    run(project, "--approve", "staging")
    assert "nobody could be" in run(project, "--publish", code=0)
    assert project.history() == []
    run(project, "--publish", "--approve", "staging")
    assert [one["phase"] for one in project.history()] == ["finished"]


def test_a_deployment_whose_engine_is_killed_ends_by_itself(make: Make, tmp_path: Path) -> None:
    project = make()
    settings = project.root / "sluice.toml"
    wait = f"test ! -e {tmp_path / 'forbidden'}"
    settings.write_text(settings.read_text(encoding="utf-8").replace(wait, f"sleep 2; {wait}"), encoding="utf-8")
    project.commit("v1")
    run(project)
    process = start(project, "--publish")
    deadline = time.monotonic() + 60
    while not project.history():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 60
    while project.history()[-1]["phase"] != "finished":
        assert time.monotonic() < deadline, project.history()
        time.sleep(0.2)
    assert project.answer() == "v1 hush-hush"
