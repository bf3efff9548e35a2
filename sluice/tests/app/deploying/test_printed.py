"""Secrets of what is deployed: neither shown with what it printed, nor left behind where it is stopped."""

from __future__ import annotations

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
