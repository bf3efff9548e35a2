"""What verifies a version is its own commit's, whatever the working tree has by then."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from deployed import IDENTITY, Project

pytestmark = pytest.mark.slow
Make = Callable[..., Project]
COMMAND = """[environment.staging.verify]
command = "git rev-parse HEAD && sh smoke.sh"
"""
WORKFLOW = """[environment.staging.verify]
workflow = "smoke.yml"
"""
SMOKE = """\
on: workflow_dispatch
jobs:
  smoke:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: sh smoke.sh
"""
PASSES = 'test ! -e untracked || { echo "this is the working tree"; exit 4; }; touch left\n'


def smoke(project: Project, script: str) -> None:
    (project.root / "smoke.sh").write_text(script, encoding="utf-8")
    workflows = project.root / ".github/workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    (workflows / "smoke.yml").write_text(SMOKE, encoding="utf-8")


def worktrees(project: Project) -> list[str]:
    words = ["git", "worktree", "list", "--porcelain"]
    told = subprocess.run(words, cwd=project.root, check=True, capture_output=True, text=True).stdout
    return [line.partition(" ")[2] for line in told.splitlines() if line.startswith("worktree ")]


@pytest.mark.parametrize("verify", [COMMAND, WORKFLOW], ids=["command", "workflow"])
def test_a_version_is_verified_by_its_own_commit(make_project: Make, verify: str) -> None:
    project = make_project("", verify)
    smoke(project, PASSES)
    project.commit("v1")
    smoke(project, "echo it is too new; exit 3\n")
    (project.root / ".github/workflows/smoke.yml").write_text("on: push\njobs: {}\n", encoding="utf-8")
    (project.root / "untracked").touch()
    project.run("staging", "v1")
    assert project.answer() == "v1"
    smoke(project, "echo it is too new; exit 3\n")
    (project.root / "untracked").unlink()
    project.commit("v2")
    smoke(project, PASSES)
    assert "it is too new" in project.run("staging", "v2", code=1)
    assert project.answer() == "v1"
    assert worktrees(project) == [str(project.root)]
    assert not (project.root / "left").exists()


@pytest.fixture
def verified(make_project: Make) -> tuple[Project, Path]:
    """A project that was deployed once, and where its versions are verified."""
    project = make_project("", COMMAND)
    smoke(project, PASSES)
    project.commit("v1")
    project.run("staging")
    (folder,) = project.home.glob("state/environments/*/staging")
    return project, folder / "verified"


def leave(project: Project, folder: Path) -> None:
    """What a kill leaves of a verification."""
    left = ["git", *IDENTITY, "worktree", "add", "--quiet", "--detach", str(folder)]
    subprocess.run(left, cwd=project.root, check=True)


def test_what_a_kill_left_of_a_verification_is_in_nobodys_way(verified: tuple[Project, Path]) -> None:
    project, folder = verified
    for gone in (False, True):
        leave(project, folder)
        if gone:
            shutil.rmtree(folder)
        project.run("staging")
        assert worktrees(project) == [str(project.root)]
        assert not folder.exists()


def test_what_a_kill_left_of_a_verification_is_removed_by_whoever_looks(verified: tuple[Project, Path]) -> None:
    project, folder = verified
    leave(project, folder)
    project.run("status")
    assert worktrees(project) == [str(project.root)]


def test_a_project_below_the_top_of_its_repository_is_verified_there(make_project: Make, tmp_path: Path) -> None:
    project = make_project("", COMMAND)
    smoke(project, PASSES)
    shutil.rmtree(project.root / ".git")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("home\n", encoding="utf-8")
    project.commit("v1")
    assert "sh smoke.sh" in project.run("staging")
    assert project.answer() == "v1"
