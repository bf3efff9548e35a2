"""Which workflows and jobs a command line asks for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from running import Run

from sluice.app.running.options import RunOptions
from sluice.app.running.run import run_workflows
from sluice.app.workflows.repository import find_files
from sluice.source.errors import UsageError
from sluice.views.run.headline import run_state

ONE = """name: Quality
on: push
jobs:
  test:
    strategy: {matrix: {n: [1, 2]}}
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
"""
OTHER = "on: push\njobs: {lint: {runs-on: ubuntu-latest, steps: [{run: 'false'}]}}\n"


@pytest.fixture
def both(repository: Path) -> Path:
    folder = repository / ".github/workflows"
    (folder / "one.yml").write_text(ONE, encoding="utf-8")
    (folder / "other.yml").write_text(OTHER, encoding="utf-8")
    return repository


@pytest.mark.slow
@pytest.mark.parametrize(("job", "code"), [("test", 0), ("TEST.2", 0), ("lint", 1)])
def test_a_job_is_looked_for_in_every_workflow_and_the_others_do_not_run(both: Path, job: str, code: int) -> None:
    assert both.is_dir()
    assert run_workflows(RunOptions(jobs=(job,), output="quiet")) == code


@pytest.mark.slow
@pytest.mark.parametrize("place", ["pipe", "-"])
def test_a_payload_that_can_be_read_once_serves_every_workflow(
    both: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = "on: issue_comment\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
    for name in ("one", "other"):
        (both / f".github/workflows/{name}.yml").write_text(comment, encoding="utf-8")
    reading, writing = os.pipe()
    os.write(writing, b'{"comment": {"body": "/deploy"}}')
    os.close(writing)
    with os.fdopen(reading) as pipe:
        monkeypatch.setattr("sys.stdin", pipe)
        file = Path("-" if place == "-" else f"/proc/self/fd/{reading}")
        assert run_workflows(RunOptions(event="issue_comment", event_file=file, output="quiet")) == 0


def test_a_job_that_no_workflow_has_starts_nothing(both: Path) -> None:
    with pytest.raises(UsageError, match=r"no job 'tset' in any of .*one\.yml, .*other\.yml"):
        run_workflows(RunOptions(jobs=("test", "tset"), output="quiet"))
    assert not list((both.parent / "home").glob("state/runs/*"))


@pytest.mark.slow
def test_a_leg_that_was_not_asked_for_is_no_part_of_the_run(run: Run) -> None:
    ran = run(ONE, jobs=("test.2",))
    assert (ran.code, ran.results()) == (0, {"test.2": "success"})


def test_a_workflow_is_found_by_its_name_and_an_event_is_not_one(both: Path) -> None:
    assert find_files(both, ["Quality"]) == (both / ".github/workflows/one.yml",)
    with pytest.raises(UsageError) as caught:
        find_files(both, ["pull_request"])
    assert caught.value.hint == "workflows here: one.yml, other.yml; an event is named with --event pull_request"


@pytest.mark.slow
@pytest.mark.parametrize(("strict", "code", "state"), [(False, 0, "partly"), (True, 1, "failure")])
def test_what_nobody_could_approve_never_reads_as_passed(
    run: Run, repository: Path, *, strict: bool, code: int, state: str
) -> None:
    (repository / "sluice.toml").write_text("[environment.staging]\nreviewers = ['ann']\n", encoding="utf-8")
    ran = run(
        """on: push
jobs:
  first: {runs-on: ubuntu-latest, steps: [{run: "true"}]}
  deploy: {runs-on: ubuntu-latest, environment: staging, steps: [{run: "true"}]}
  after: {needs: deploy, runs-on: ubuntu-latest, steps: [{run: "true"}]}
""",
        strict=strict,
    )
    assert (ran.code, run_state(ran.state), ran.results()["after"]) == (code, state, "skipped")
    assert "nobody could be asked" in (ran.job("deploy").reason or "")
