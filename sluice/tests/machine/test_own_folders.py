"""Folders of one process, and what killed ones left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sluice.machine.own_folders import own_folder


@pytest.fixture
def gone() -> int:
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


@pytest.mark.parametrize("prefix", ["", "sluice-serve-"])
def test_what_a_killed_process_left_is_removed(tmp_path: Path, gone: int, prefix: str) -> None:
    kept = {f"{prefix}{os.getpid()}-1", f"{prefix}1-1", f"{prefix}none", "other"}
    for name in (f"{prefix}{gone}-1", *kept):
        (tmp_path / name / "inside").mkdir(parents=True)
    target = own_folder(tmp_path, prefix)
    assert target.name.startswith(f"{prefix}{os.getpid()}-")
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_no_other_prefix_no_file_and_no_link_is_touched(tmp_path: Path, gone: int) -> None:
    (tmp_path / "elsewhere/inside").mkdir(parents=True)
    (tmp_path / f"a-{gone}-1").symlink_to(tmp_path / "elsewhere")
    (tmp_path / f"a-{gone}-2").write_text("", encoding="utf-8")
    (tmp_path / f"b-{gone}-1").mkdir()
    own_folder(tmp_path, "a-")
    assert {path.name for path in tmp_path.iterdir()} == {"elsewhere", f"a-{gone}-1", f"a-{gone}-2", f"b-{gone}-1"}
    assert (tmp_path / "elsewhere/inside").is_dir()


def test_where_nothing_is_there_nothing_is_removed(tmp_path: Path) -> None:
    assert own_folder(tmp_path / "absent").parent == tmp_path / "absent"
