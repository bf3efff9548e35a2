"""A run that is repeated is told what the first one was told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from commanding import sluice
from interrupting import read_until, start

from sluice.app.runs.history import load_state, open_store
from sluice.cli import rerun_command, run_command
from sluice.events.state import RunState
from sluice.source.errors import UsageError
from sluice.store.files.artifacts import FolderArtifacts
from sluice.store.runs.numbers import number_of

WORKFLOW = """on: [push, pull_request]
jobs:
  job:
    runs-on: ubuntu-latest
    outputs: {said: "${{ vars.WHO }} ${{ secrets.TOKEN != '' }} ${{ github.ref }} ${{ github.base_ref }}"}
    steps: [{run: "true"}]
  elsewhere: {runs-on: windows-latest, steps: [{run: x}]}
"""


@pytest.fixture(autouse=True)
def _workflow(repository: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW, encoding="utf-8")


def told(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, RunState]:
    """The exit code of a command line, and the newest run."""
    command = run_command.command if words[0] == "run" else rerun_command.command
    monkeypatch.setattr(sys, "argv", ["sluice", *words])
    code: int = CliRunner().invoke(command, words[1:], standalone_mode=False, catch_exceptions=False).return_value
    with open_store() as store:
        return code, load_state(store, store.find_run("latest").run)


@pytest.mark.slow
def test_variables_refs_and_switches_are_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter22")
    options = ("--ref", "nope", "--var", "WHO=me", "-s", "TOKEN", "--strict")
    code, first = told(monkeypatch, "run", "w.yml", "--plain", "--event", "push", *options)
    again_code, again = told(monkeypatch, "rerun", "--plain")
    assert (code, again_code) == (1, 1)  # strict: a job that can't run here fails
    assert first.jobs["job"].outputs == again.jobs["job"].outputs == {"said": "me true refs/heads/nope "}
    assert again.facts is not None
    assert first.facts is not None
    assert (again.facts.attempt, again.facts.number, again.facts.command) == (2, 1, first.facts.command)
    third_code, third = told(monkeypatch, "rerun", "--plain")
    assert (third_code, third.jobs["job"].outputs) == (1, first.jobs["job"].outputs)


@pytest.mark.slow
def test_a_secret_whose_value_no_run_keeps_is_named_with_the_ways_to_give_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    monkeypatch.delenv("OTHER", raising=False)
    _, first = told(monkeypatch, "run", "w.yml", "--plain", "-s", "TOKEN=hunter22", "--secret=OTHER=hunter23")
    with pytest.raises(UsageError) as refused:
        told(monkeypatch, "rerun", "--plain")
    assert str(refused.value) == f"Run {first.run} had the secrets TOKEN and OTHER, whose values no run keeps"
    hint = "add -s TOKEN=... -s OTHER=..., or set them in the environment under the same name"
    assert refused.value.hint == hint
    _, again = told(monkeypatch, "rerun", "--plain", "-s", "TOKEN=hunter22", "-s", "OTHER=x")
    assert again.jobs["job"].outputs == first.jobs["job"].outputs


COUNTED = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    outputs: {said: "${{ github.run_attempt }} ${{ github.run_number }} ${{ github.run_id }}"}
    steps: [{run: 'test "$GITHUB_RUN_ATTEMPT $GITHUB_RUN_ID" = "${{ github.run_attempt }} ${{ github.run_id }}"'}]
"""


@pytest.mark.slow
def test_attempts_are_counted_and_share_the_runs_number(monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    (repository / ".github/workflows/w.yml").write_text(COUNTED, encoding="utf-8")
    told(monkeypatch, "run", "--plain")
    ran = [told(monkeypatch, *words)[1] for words in (["run", "--plain"], *[["rerun", "--plain"]] * 2)]
    number = number_of(ran[0].run)
    assert [one.jobs["job"].outputs["said"] for one in ran] == [f"{attempt} 2 {number}" for attempt in (1, 2, 3)]
    assert [one.facts and one.facts.run_id for one in ran] == [number] * 3


UPLOADS = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    strategy: {matrix: {leg: [good, bad]}, fail-fast: false}
    steps:
      - run: echo log > log
      - run: test ${{ matrix.leg }} = good
      - {uses: actions/upload-artifact@v4, if: always(), with: {name: "log-${{ matrix.leg }}", path: log}}
"""


@pytest.mark.slow
def test_a_job_that_is_done_again_may_upload_what_it_uploaded(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / ".github/workflows/w.yml").write_text(UPLOADS, encoding="utf-8")
    told(monkeypatch, "run", "w.yml", "--quiet")
    _, again = told(monkeypatch, "rerun", "--failed", "--plain")
    assert [step.conclusion for step in again.jobs["job.2"].top_steps()][1:4] == ["success", "failure", "success"]
    with open_store() as store:
        assert FolderArtifacts(store.folder(again.run) / "artifacts").names() == ("log-bad", "log-good")


@pytest.mark.slow
def test_a_failure_that_was_allowed_stays_one_where_it_is_kept(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soft = "soft: {runs-on: ubuntu-latest, continue-on-error: true, steps: [{run: exit 3}]}"
    after = "after: {needs: soft, runs-on: ubuntu-latest, steps: [{run: exit 1}]}"
    text = f"on: push\njobs:\n  {soft}\n  {after}\n"
    (repository / ".github/workflows/w.yml").write_text(text, encoding="utf-8")
    told(monkeypatch, "run", "w.yml", "--quiet")
    _, again = told(monkeypatch, "rerun", "--failed", "--plain")
    assert [(job.outcome, job.conclusion) for job in again.jobs.values()] == [
        ("failure", "success"),
        ("failure", "failure"),
    ]
    assert not again.jobs["soft"].steps


@pytest.mark.slow
def test_what_a_killed_engine_left_runs_again_at_once(repository: Path) -> None:
    text = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo begun; sleep 60}]}}"
    with start(repository, text) as process:
        read_until(process, "| begun")
        process.kill()
    (repository / ".github/workflows/w.yml").write_text(text.replace("sleep 60", "true"), encoding="utf-8")
    again = sluice("rerun", "--plain")
    assert (again.returncode, again.stderr) == (0, "")
    with open_store() as store:
        assert [row.conclusion for row in store.runs()] == ["success", "interrupted"]


@pytest.mark.slow
def test_a_pull_request_goes_to_the_same_branch_again(monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    subprocess.run(["git", "branch", "other"], cwd=repository, check=True)
    told(monkeypatch, "run", "w.yml", "--plain", "--event", "pull_request", "--base", "other", "--var", "WHO=me")
    _, again = told(monkeypatch, "rerun", "--plain")
    assert again.jobs["job"].outputs == {"said": "me false refs/pull/1/merge other"}


@pytest.mark.slow
def test_a_secret_that_is_gone_is_asked_for_and_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "run", "w.yml", "--plain", "-s", "TOKEN=hunter22", "--var", "WHO=me")
    with pytest.raises(UsageError, match="had the secret TOKEN, whose value no run keeps"):
        told(monkeypatch, "rerun", "--plain")
    _, again = told(monkeypatch, "rerun", "--plain", "-s", "TOKEN=hunter23")
    assert again.jobs["job"].outputs["said"].startswith("me true")


@pytest.mark.slow
def test_a_run_that_is_repeated_quietly_says_its_verdict_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "run", "w.yml", "--quiet")
    again = sluice("rerun", "--quiet")
    assert (again.returncode, len(again.stdout.splitlines())) == (0, 1)
    assert "passed in part" in again.stdout
