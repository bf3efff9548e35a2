"""Clusters that servers are copied from: made once, and left where they are as long as somebody uses them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import cast

import pytest

from sluice.services.embedded.folders import Folders
from sluice.services.embedded.postgresql import template as module
from sluice.services.embedded.postgresql.installations import Installation
from sluice.services.embedded.postgresql.settings import ClusterSettings
from sluice.services.embedded.postgresql.template import template
from sluice.services.embedded.versions import Version


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which clusters were made."""
    found: list[Path] = []

    def make(*given: object) -> None:
        target = cast("Path", given[-1])
        (target / "global").mkdir(parents=True)
        for name in ("global/pg_control", "postgresql.conf"):
            (target / name).touch()
        found.append(target)

    monkeypatch.setattr(module, "_make", make)
    return found


def test_one_is_made_once_for_each_setting_and_counts_as_used_whenever_it_is_asked_for(
    made: list[Path], tmp_path: Path
) -> None:
    folders = Folders(root=tmp_path / "servers", identity=None)
    installation = Installation(version=Version(15, 8), binaries=tmp_path)
    first = template(folders, installation, ClusterSettings())
    os.utime(first, (1, 1))
    began = time.time()
    assert template(folders, installation, ClusterSettings()) == first
    assert first.stat().st_mtime >= began - 1
    second = template(folders, installation, ClusterSettings(user="ann"))
    assert made == [first, second]
