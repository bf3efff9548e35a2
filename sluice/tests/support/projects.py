"""Workflows in the shape of public projects, put into a repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROJECTS = Path(__file__).parents[1] / "cases/projects"


def put(project: str, repository: Path) -> None:
    shutil.copytree(PROJECTS / project, repository, dirs_exist_ok=True)
    commit(repository)


def commit(repository: Path) -> None:
    for words in (["add", "--all"], ["commit", "--quiet", "-m", "Next"]):
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *words], cwd=repository, check=True)
