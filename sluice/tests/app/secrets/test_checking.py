"""Declared secrets and variables, in runs for real."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from running import Run

from sluice.cli.main import cli
from sluice.source.errors import InvalidInputError, UsageError
from sluice.store.runs.sqlite import SqliteStore

WORKFLOW = """on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{run: 'echo ">[${{ secrets.TOKEN }}] [${{ secrets.DEPLOY_KEY }}] ${{ vars.LEVEL }}"'}]
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps: [{run: 'test "${{ secrets.DEPLOY_KEY }}" = abc'}]
  release:
    if: startsWith(github.ref, 'refs/tags/')
    runs-on: ubuntu-latest
    steps: [{run: 'echo ${{ secrets.PUBLISH }}'}]
"""


ONE_JOB = "on: [push]\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"


@pytest.fixture
def settings(repository: Path) -> Path:
    path = repository / "sluice.toml"
    path.write_text(
        '[secret.TOKEN]\n[secret.PUBLISH]\n[environment.production]\nsecrets = ["DEPLOY_KEY"]\n', encoding="utf-8"
    )
    return path


def test_a_missing_secret_is_told_before_anything_starts(run: Run, settings: Path, tmp_path: Path) -> None:
    assert settings.is_file()
    with pytest.raises(InvalidInputError) as caught:
        run(WORKFLOW)
    (found,) = caught.value.diagnostics  # PUBLISH is a job's that this event does not start
    assert (found.rule, found.span.start.line) == ("missing-secret", 5)
    with SqliteStore(tmp_path / "home/state") as store:
        assert not store.runs(limit=1)


@pytest.mark.slow
def test_an_environments_secret_reaches_its_jobs_only(run: Run, settings: Path) -> None:
    assert settings.is_file()
    ran = run(WORKFLOW, secrets={"TOKEN": "t0ken", "deploy_key": "abc"})
    assert ran.results() == {"test": "success", "deploy": "success", "release": "skipped"}
    assert ran.said("test") == ["[***] []"]
    (note,) = (one for one in ran.job("test").annotations if one.message.startswith("Not given"))
    said = "Only jobs of production have these, and so they are empty in this job: secrets DEPLOY_KEY"
    assert note.message == f"Not given, and so empty in this job: variables LEVEL. {said}"
    assert not ran.job("deploy").annotations, "there it is not empty"


@pytest.mark.slow
def test_a_variable_of_an_environment_is_empty_elsewhere_and_the_job_says_so(run: Run, repository: Path) -> None:
    (repository / "sluice.toml").write_text('[environment.staging]\nvariables = { LEVEL = "3" }\n', encoding="utf-8")
    said = "Only jobs of staging have these, and so they are empty in this job: variables LEVEL"
    ran = run(WORKFLOW, secrets={"TOKEN": "a", "DEPLOY_KEY": "abc"})
    assert [one.message for one in ran.job("test").annotations] == [said]
    everywhere = run(WORKFLOW, secrets={"TOKEN": "a", "DEPLOY_KEY": "abc"}, variables={"LEVEL": "1"})
    assert not everywhere.job("test").annotations
    any_of_them = WORKFLOW.replace("  test:\n", "  test:\n    environment: ${{ github.ref_name }}\n")
    assert not run(any_of_them, secrets={"TOKEN": "a", "DEPLOY_KEY": "abc"}).job("test").annotations


@pytest.mark.slow
def test_what_nobody_declared_is_empty_and_the_job_says_so(run: Run) -> None:
    ran = run(WORKFLOW, secrets={"DEPLOY_KEY": "abc"})
    (note,) = ran.job("test").annotations
    assert note.message == "Not given, and so empty in this job: secrets TOKEN; variables LEVEL"
    assert not ran.job("deploy").annotations


def test_a_job_that_is_not_there_leaves_no_run_behind(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run(WORKFLOW, jobs=("nobody",))
    with SqliteStore(tmp_path / "home/state") as store:
        assert not store.runs(limit=1)


@pytest.mark.slow
def test_the_list_says_where_each_comes_from_and_fails_for_what_is_missing(run: Run, settings: Path) -> None:
    run(WORKFLOW, secrets={"TOKEN": "t", "DEPLOY_KEY": "abc"})
    listed = CliRunner().invoke(cli, ["secrets", "list", "--secret", "DEPLOY_KEY=abc"], standalone_mode=False)
    lines = {words[1]: line for line in listed.output.splitlines() if len(words := line.split()) > 2}
    assert "from --secret; not declared; for w.yml test, w.yml deploy" in lines["DEPLOY_KEY"]
    assert "x TOKEN" in lines["TOKEN"]
    assert listed.return_value == 1
    settings.write_text("[secret.SPARE]\n", encoding="utf-8")
    listed = CliRunner().invoke(cli, ["secrets"], standalone_mode=False)
    assert "no workflow uses it" in listed.output
    assert listed.return_value == 0


def test_a_secret_that_can_not_be_masked_starts_nothing(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"The secret TOKEN has 1048577 characters"):
        run(ONE_JOB, secrets={"TOKEN": "x" * (1024 * 1024 + 1)})
    with SqliteStore(tmp_path / "home/state") as store:
        assert not store.runs(limit=1)


@pytest.mark.slow
def test_a_secret_of_a_call_that_can_not_be_masked_fails_its_job(run: Run, repository: Path) -> None:
    called = "on: {workflow_call: {secrets: {word: {}}}}\n" + ONE_JOB.partition("\n")[2]
    (repository / ".github/workflows/called.yml").write_text(called, encoding="utf-8")
    long = "${{ format('{0}{0}{0}{0}', needs.make.outputs.quarter) }}"
    ran = run(
        f"""on: push
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: {{quarter: "${{{{ steps.m.outputs.quarter }}}}"}}
    steps: [{{id: m, run: 'echo quarter=$(head -c 300000 /dev/zero | tr "\\0" x) >> $GITHUB_OUTPUT'}}]
  call: {{needs: make, uses: ./.github/workflows/called.yml, secrets: {{word: "{long}"}}}}
"""
    )
    assert ran.job("call/job").conclusion == "failure"
    assert "A mask can have" in ran.job("call/job").reason
