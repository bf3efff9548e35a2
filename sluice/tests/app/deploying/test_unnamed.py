"""What runs though no settings name it any more: it is seen, and ended by who asks."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from deployed import Project

pytestmark = pytest.mark.slow


def test_what_was_renamed_in_the_settings_is_seen_and_can_be_ended(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    settings = project.root / "sluice.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before.replace("environment.staging", "environment.preview"), encoding="utf-8")
    project.commit("v2")
    status = project.run("status")
    assert "preview" in status
    assert "staging      v1" in status
    assert "sluice.toml does not have it, and it runs: sluice deploy stop staging" in status
    assert "staging" in project.run("status", "staging")
    assert "staging-1" in project.run("history", "staging")
    assert "staging 1" in project.run("logs", "staging")
    assert "has no environment 'staging'" in project.run("staging", code=2)
    assert "ended blue v1 (live)" in project.run("stop", "staging")
    assert project.supervisor() is None
    assert "staging" not in project.run("status")
    assert "staging-2" in project.run("history")
    assert "has no environment 'other'" in project.run("stop", "other", code=2)
    assert "has no environment 'other'" in project.run("status", "other", code=2)


def test_what_no_settings_name_is_not_started_again(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    (project.root / "sluice.toml").write_text("", encoding="utf-8")
    project.cut_power()
    assert "staging" not in project.run("status")
    assert project.supervisor() is None


def test_what_runs_from_a_folder_that_moved_is_seen_and_can_be_ended(project: Project, tmp_path: Path) -> None:
    project.commit("v1")
    project.run("staging")
    was = project.root
    project.root = project.root.rename(tmp_path / "elsewhere")
    assert f"{was} is gone, and it runs: sluice deploy stop staging" in project.run("status")
    said = project.run("staging", code=1)
    assert "can't be had" in said
    assert "ended blue v1 (live)" in project.run("stop", "staging")
    project.run("staging")
    assert project.answer() == "v1"


def test_an_environment_of_another_repository_is_left_alone(project: Project, tmp_path: Path) -> None:
    project.commit("v1")
    project.run("staging")
    project.root.rename(tmp_path / "elsewhere")
    other = Project(tmp_path / "other", project.home, project.port)
    other.commit("v2")
    assert "is gone" not in other.run("status")
    assert "nothing ran" in other.run("stop", "staging")
    assert project.answer() == "v1"
    project.root = tmp_path / "elsewhere"


def test_what_runs_as_processes_is_seen_and_ended_though_the_settings_say_another_kind(project: Project) -> None:
    project.commit("v1")
    project.run("staging")
    settings = project.root / "sluice.toml"
    settings.write_text('[environment.staging]\nkubernetes = { overlay = "k8s", context = "c" }\n', encoding="utf-8")
    status = project.run("status")
    assert "healthy" in status
    assert "blue v1 (live)" in status
    project.commit("v2")
    said = project.run("staging", code=2)
    assert "'staging' runs as processes, and sluice.toml says another kind of place" in said
    assert "runs as processes" in project.run("rollback", "staging", code=2)
    assert project.answer() == "v1"
    assert "ended blue v1 (live)" in project.run("stop", "staging")
    assert project.supervisor() is None


def test_what_ran_before_the_folder_went_is_ended_and_the_live_one_of_that_name_stays(
    project: Project, tmp_path: Path
) -> None:
    project.commit("v1")
    project.run("staging")
    was = project.root
    project.root = was.rename(tmp_path / "elsewhere")
    for name in ("sluice.toml", "server.py"):  # the port is the other's
        text = (project.root / name).read_text(encoding="utf-8")
        (project.root / name).write_text(text.replace(str(project.port), str(free_port())), encoding="utf-8")
    project.commit("v2")
    project.run("staging")
    assert f"{was} is gone, and it runs: sluice deploy stop staging --gone" in project.run("status")
    assert "ended blue v1 (live)" in project.run("stop", "staging", "--gone")
    assert "v2" in project.run("status")
    assert "ended blue v2 (live)" in project.run("stop", "staging")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
