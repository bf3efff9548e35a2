"""A job that deploys, in a run that doesn't publish: to a copy that is gone afterwards, and an effect of the run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from deployed import Project
from running import Run

pytestmark = pytest.mark.slow

WORKFLOW = f"""\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - uses: actions/checkout@v4
      - run: {sys.executable} -m sluice deploy staging
        env:
          TOKEN: hush-hush
"""
URL = "http://127.0.0.1:$PORT_WEB/"


def prepare(repository: Path, tmp_path: Path, version: str) -> Project:
    project = Project(repository, tmp_path / "home", 1, f'url = "{URL}"\nbranches = ["main"]\nsecrets = ["TOKEN"]')
    project.commit(version)
    return project


def test_a_deployment_is_rehearsed_whole(repository: Path, tmp_path: Path, run: Run) -> None:
    project = prepare(repository, tmp_path, "v1")
    ran = run(WORKFLOW)
    assert ran.code == 0
    assert [(one.kind, one.rehearsed) for one in ran.state.effects()] == [("deployment", True)]
    assert next(ran.state.effects()).target == "staging (process, http://127.0.0.1:1/)"
    assert next(ran.state.effects()).request.endswith(": finished")
    assert project.history() == []


def test_a_rehearsal_that_fails_fails_the_job(repository: Path, tmp_path: Path, run: Run) -> None:
    prepare(repository, tmp_path, "crashes")
    ran = run(WORKFLOW)
    assert ran.code == 1
    assert next(ran.state.effects()).request.endswith(": rolled back")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ("", "sluice: nobody deploys for this job: only a job that has the environment may deploy to it"),
        ("environment: other", "sluice: the job has the environment 'other': it can't deploy to 'staging'"),
    ],
)
def test_what_publishing_would_refuse_is_refused(
    repository: Path, tmp_path: Path, run: Run, environment: str, said: str
) -> None:
    prepare(repository, tmp_path, "v1")
    ran = run(WORKFLOW.replace("environment: staging", environment))
    assert ran.code == 1
    assert said in ran.log("deploy")
    assert list(ran.state.effects()) == []
