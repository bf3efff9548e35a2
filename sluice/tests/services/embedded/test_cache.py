from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluice.services.embedded.cache import ServerCache, find_damage
from sluice.services.embedded.folders import Folders
from sluice.source.errors import UnavailableError


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(root=tmp_path / "servers", identity=None)


class Fetch:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "bin").mkdir()
        (folder / "bin/server").write_text("program", encoding="utf-8")
        (folder / "link").symlink_to("bin/server")


def test_a_server_is_fetched_once(folders: Folders) -> None:
    fetch, cache = Fetch(), ServerCache(folders)
    found = cache.get("a-1", fetch)
    assert cache.get("a-1", fetch) == found
    assert (found / "bin/server").read_text(encoding="utf-8") == "program"
    assert (fetch.times, cache.names(), cache.damage("a-1")) == (1, ["a-1"], None)


def truncate(server: Path) -> None:
    (server / "bin/server").write_text("prog", encoding="utf-8")


def alter(server: Path) -> None:
    file = server / "bin/server"
    file.write_text("PROGRAM", encoding="utf-8")
    os.utime(file, ns=(1, 1))


@pytest.mark.parametrize(
    ("harm", "damage"),
    [
        (truncate, "bin/server is changed"),
        (alter, "bin/server is changed"),
        (lambda server: (server / "bin/server").unlink(), "bin/server is missing"),
        (lambda server: (server / "more").touch(), "more is changed"),
        (lambda server: (server / "sluice.json").unlink(), "its list of files is missing"),
        (lambda server: (server / "sluice.json").write_text("{", encoding="utf-8"), "its list of files is missing"),
        (shutil.rmtree, "its list of files is missing"),
    ],
)
def test_a_damaged_server_is_noticed_and_fetched_anew(folders: Folders, harm: object, damage: str) -> None:
    assert callable(harm)
    fetch, cache = Fetch(), ServerCache(folders)
    server = cache.get("a-1", fetch)
    harm(server)
    assert find_damage(server) == damage
    assert find_damage(cache.get("a-1", fetch)) is None
    assert fetch.times == 2
    assert (server / "bin/server").read_text(encoding="utf-8") == "program"


def test_a_fetch_that_fails_leaves_nothing(folders: Folders) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise UnavailableError("no")

    cache = ServerCache(folders)
    with pytest.raises(UnavailableError, match="no"):
        cache.get("a-1", fail)
    assert cache.names() == []
    assert sorted(path.name for path in folders.root.iterdir()) == ["locks", "servers"]


def test_several_at_once_fetch_once(folders: Folders) -> None:
    fetch, started = Fetch(), threading.Barrier(8)

    def get() -> None:
        started.wait()
        ServerCache(folders).get("a-1", fetch)

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetch.times == 1
    assert ServerCache(folders).damage("a-1") is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "sluice-test", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a file system can't be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.needs_root
def test_a_full_disk_is_told_and_leaves_no_half_of_a_server(small_disk: Path) -> None:
    folders = Folders(root=small_disk / "servers", identity=None)
    cache = ServerCache(folders)

    def fetch(folder: Path) -> None:
        (folder / "big").write_bytes(b"x" * 500_000)

    with pytest.raises(UnavailableError) as caught:
        cache.get("a-1", fetch)
    assert caught.value.message == f"a-1 can't be kept in {folders.servers}: No space left on device"
    assert caught.value.tried == ("0 MB are free there; a server takes about 100",)
    assert caught.value.hint == "make room, or set SLUICE_HOME to a folder elsewhere"
    assert cache.names() == []
    cache.get("a-1", Fetch())
    assert cache.damage("a-1") is None


def test_a_server_whose_name_begins_another_s_leaves_that_one_s_fetch_alone(folders: Folders) -> None:
    cache = ServerCache(folders)

    def fetch(files: Path) -> None:
        (files / "program").write_text("x", encoding="utf-8")
        cache.get("a-1", lambda others: (others / "program").touch())
        assert (files / "program").is_file()

    assert cache.get("a-1-beta.1", fetch).is_dir()
    assert cache.names() == ["a-1", "a-1-beta.1"]
