"""Copies of this repository to plant something in, and a home whose caches the runs share."""

from __future__ import annotations

from pathlib import Path

import pytest
from planting import copy_tree, git


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "loka"
    folder.mkdir()
    copy_tree(folder)
    return folder


@pytest.fixture
def planted(pristine: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--local", str(pristine), "loka")
    return tmp_path / "loka"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, tools: Path) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "cache").mkdir()
    (folder / "cache/tools").symlink_to(tools)
    return folder
