"""One tool cache for all runs of these tests: what one has set up need not be set up again."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tools")


@pytest.fixture(autouse=True)
def _shared_tools(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "home/cache").mkdir(parents=True)
    (tmp_path / "home/cache/tools").symlink_to(tools)
