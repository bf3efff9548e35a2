"""Workflows in the shape of well-known public Python projects, run as they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from projects import PROJECTS, commit, put
from running import Ran, Run

from sluice.cli.main import cli

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_tools", "uv_at_hand")]


@pytest.mark.parametrize("project", sorted(path.name for path in PROJECTS.iterdir()))
def test_nothing_in_it_is_refused(project: str, repository: Path) -> None:
    put(project, repository)
    shown = CliRunner().invoke(cli, ["lint", "--format", "json"], standalone_mode=False)
    assert shown.return_value == 0, shown.output
    assert CliRunner().invoke(cli, ["plan"], standalone_mode=False).return_value == 0


NO_WINDOWS = "no runner here has the label windows-latest (sluice doctor lists those there are)"


def test_a_library_is_built_once_and_tested_from_its_wheel(run_file: Run, repository: Path) -> None:
    put("library", repository)
    ran = run_file("ci.yml")
    assert ran.results() == {
        "build-package": "success",
        "tests.1": "success",
        "tests.2": "success",
        "coverage": "success",
        "install-dev.1": "success",
        "install-dev.2": "skipped",
        "required-checks-pass": "success",
    }
    assert ran.job("tests.1").name == "Tests & API on 3.11"
    assert ran.job("install-dev.2").reason == NO_WINDOWS
    artifacts = sorted(path.stem for path in (ran.folder / "artifacts").glob("*.zip"))
    assert artifacts == ["Packages", "coverage-data-3.11", "coverage-data-3.x"]
    summaries = [path.read_text(encoding="utf-8") for path in (ran.folder / "summaries").rglob("*") if path.is_file()]
    assert any("py311 100" in text for text in summaries)
    assert ran.code == 0


def test_a_leg_that_may_fail_fails_no_run_and_keeps_no_cache(run_file: Run, repository: Path) -> None:
    put("application", repository)
    assert installations(run_file("test.yml")) == dict.fromkeys(LEGS, "success")
    ran = run_file("test.yml")
    assert installations(ran) == {**dict.fromkeys(LEGS, "skipped"), "ubuntu-nightly": "success"}
    assert set(ran.results().values()) == {"success"}
    assert {job.name for job in ran.state.jobs.values() if job.outcome == "failure"} == {"ubuntu-nightly"}
    artifacts = sorted(path.stem for path in (ran.folder / "artifacts").glob("*.zip"))
    assert artifacts == ["coverage-doctesting", "coverage-ubuntu-py311"]
    assert ran.code == 0


LEGS = ("ubuntu-py311", "ubuntu-newest", "ubuntu-nightly", "doctesting")


def installations(ran: Ran) -> dict[str, str | None]:
    """How the step went that a cache makes needless, by leg."""
    return {
        job.name: step.conclusion
        for job in ran.state.jobs.values()
        for step in job.steps.values()
        if step.name == "Run ./.github/actions/install"
    }


@pytest.mark.parametrize(("changed", "docs", "tests"), [("Lib/new.py", False, True), ("Doc/index.rst", True, False)])
def test_what_changed_decides_what_runs(run_file: Run, repository: Path, changed: str, docs: bool, tests: bool) -> None:
    put("interpreter", repository)
    (repository / changed).parent.mkdir(exist_ok=True)
    (repository / changed).write_text("", encoding="utf-8")
    commit(repository)
    ran = run_file("build.yml")
    known = {True: "success", False: "skipped"}
    said = json.loads(ran.said("all-required-green")[-1])
    assert said == {
        "build-context": "success",
        "build-ubuntu": known[tests],
        "build-windows": "skipped",
        "check-docs": known[docs],
        "check-generated": known[tests],
    }
    assert ran.code == (0 if tests else 1)
    if tests:
        legs = [job.name for key, job in ran.state.jobs.items() if key.startswith("build-ubuntu") and "/" in key]
        assert sorted(legs) == [
            "Ubuntu  / build and test (ubuntu-latest)",
            "Ubuntu  / build and test (ubuntu-latest, BOLT)",
            "Ubuntu (free-threading) / build and test (ubuntu-latest)",
        ]
