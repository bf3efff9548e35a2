"""Secrets of what is deployed: neither shown with what it printed, nor left behind where it is stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deployed import SERVER, Project

pytestmark = pytest.mark.slow
TELLTALE = SERVER.replace("signal.signal(", 'print("I was given", os.environ["TOKEN"], flush=True)\nsignal.signal(', 1)


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    made = make_project('secrets = ["TOKEN"]')
    (made.root / "server.py").write_text(TELLTALE, encoding="utf-8")
    return made


def holding(project: Project, *secrets: str) -> Iterator[Path]:
    """Files of the home that have one of them in it."""
    for path in project.home.rglob("*"):
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets):
            yield path


def test_logs_are_masked_while_a_version_runs_and_when_its_secret_is_another_one(project: Project) -> None:
    project.commit("v1")
    project.run("staging", TOKEN="hush-hush")
    assert "I was given ***\n" in project.run("logs", "staging")
    project.commit("v2")
    project.run("staging", TOKEN="other-one")
    said = project.run("logs", "staging")
    assert said.count("I was given ***\n") == 2
    assert [path.name for path in holding(project, "hush-hush")] == ["desired.json"], "for a way back"


def test_a_stop_leaves_no_secret_and_a_rollback_is_given_them_anew(project: Project) -> None:
    for version, token in (("v1", "hush-hush"), ("v2", "other-one")):
        project.commit(version)
        project.run("staging", TOKEN=token)
    assert list(holding(project, "hush-hush", "other-one"))
    project.run("stop", "staging")
    assert list(holding(project, "hush-hush", "other-one")) == []
    assert "I was given ***\n" in project.run("logs", "staging")
    assert "needs the secret TOKEN" in project.run("rollback", "staging", code=2)
    project.run("rollback", "staging", "--secret", "TOKEN=third")
    assert project.answer() == "v2 third"


def test_a_first_version_that_failed_leaves_no_secret(project: Project) -> None:
    settings = project.root / "sluice.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("timeout = 10", "timeout = 1"), encoding="utf-8")
    project.commit("ill")
    project.run("staging", TOKEN="hush-hush", code=1)
    assert list(holding(project, "hush-hush")) == []


def test_history_is_the_newest_first_as_text_and_as_json_and_logs_are_the_newest_last(project: Project) -> None:
    for version in ("v1", "v2", "v3"):
        project.commit(version)
        project.run("staging", TOKEN=f"hush-{version}")
    names = ["staging-3", "staging-2", "staging-1"]
    assert [line.split()[1] for line in project.run("history").splitlines() if "v" in line] == names
    told = [json.loads(line) for line in project.run("history", "--json").splitlines()]
    assert [f"{one['environment']}-{one['number']}" for one in told] == names
    assert json.loads(project.run("history", "--json", "--limit", "1"))["number"] == 3
    (log,) = project.home.glob("state/environments/*/staging/logs/1.log")
    os.utime(log)  # as masking it does
    log.with_name("mine.log").write_text("somebody's", encoding="utf-8")
    said = project.run("logs", "staging").splitlines()
    assert [line for line in said if line.startswith("staging ")] == ["staging 1", "staging 2", "staging 3"]


def test_the_log_of_what_runs_is_kept_however_many_came_after_it(project: Project) -> None:
    project.commit("v1")
    project.run("staging", TOKEN="hush")
    (log,) = project.home.glob("state/environments/*/staging/logs/1.log")
    for number in range(2, 14):
        log.with_name(f"{number}.log").write_text(f"{number}", encoding="utf-8")
    project.commit("crashes")
    project.run("staging", TOKEN="hush", code=1)
    assert log.exists()
    assert [number for number in range(2, 14) if log.with_name(f"{number}.log").exists()] == list(range(4, 14))


def test_where_nothing_was_printed_logs_say_so(project: Project) -> None:
    project.commit("v1")
    assert "staging: no process of it has printed anything" in project.run("logs", "staging")
    settings = project.root / "sluice.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text("[environment.staging]\ncompose = {}\n", encoding="utf-8")
    assert "`docker compose logs` or `kubectl logs` has what containers print" in project.run("logs")
    settings.write_text(before, encoding="utf-8")
