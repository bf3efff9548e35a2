"""On a disk that is full, also the answers survive the process's death: there is room that was kept for them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loka_stratum.storage.reserve import Reserve

PROCESS = Path(__file__).parent / "support" / "full_disk_process.py"


@pytest.mark.slow
@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root for a small disk")
def test_answers_on_a_full_disk_survive_kill_9(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1" 200'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, str(PROCESS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["refused", "200"], done.stderr


def test_it_gives_way_once_and_is_taken_back(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path, 4096)
    assert (tmp_path / "reserve").stat().st_size == 4096
    assert reserve.give_way()
    assert (tmp_path / "reserve").stat().st_size == 0
    assert not reserve.give_way()
    assert reserve.take_back()
    assert (tmp_path / "reserve").stat().st_size == 4096
    reserve.close()
    assert not list(tmp_path.iterdir())


def test_where_the_disk_has_no_room_for_it_it_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda _descriptor, data: len(data) // 2)
    reserve = Reserve(tmp_path, 4096)
    assert not reserve.is_whole
    assert (tmp_path / "reserve").stat().st_size == 0
    monkeypatch.undo()
    assert reserve.take_back()
    reserve.close()


def test_of_a_small_disk_it_takes_a_small_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loka_stratum.storage.reserve._disk_bytes", lambda _folder: 160_000)
    Reserve(tmp_path)
    assert (tmp_path / "reserve").stat().st_size == 10_000
