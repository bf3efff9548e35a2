"""A repository of a test's own to be released."""

from __future__ import annotations

from pathlib import Path

import pytest
from releasing_project import Commit, git


@pytest.fixture
def commit(repository: Path) -> Commit:
    """Write files and commit all that is there with a message; ``tag`` tags it."""
    git(repository, "config", "user.name", "A")
    git(repository, "config", "user.email", "a@b.c")

    def perform(message: str, tag: str = "", **files: str) -> None:
        for name, text in files.items():
            path = repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        git(repository, "add", "-A")
        git(repository, "commit", "--quiet", "--allow-empty", "-m", message)
        if tag:
            git(repository, "tag", tag)

    return perform
