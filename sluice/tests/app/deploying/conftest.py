"""A project with a program that answers its version, at a free port."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deployed import Project


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    made: list[Project] = []

    def make(more: str = "", end: str = "") -> Project:
        with socket.socket() as plug:
            plug.bind(("127.0.0.1", 0))
            port = plug.getsockname()[1]
        made.append(Project(tmp_path / "project", tmp_path / "home", port, more, end))
        return made[-1]

    yield make
    for project in made:
        project.run("stop", "staging")
        assert project.supervisor() is None


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    return make_project()
