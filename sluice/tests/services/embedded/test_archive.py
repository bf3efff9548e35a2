from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from sluice.services.embedded.archive import unpack
from sluice.source.errors import UnavailableError


def pack(place: Path, files: Mapping[str, str], *others: tarfile.TarInfo) -> Path:
    with tarfile.open(place, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
        for member in others:
            tar.addfile(member)
    return place


def links(*pairs: tuple[str, str]) -> str:
    return json.dumps([{"source": source, "target": target} for source, target in pairs])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_the_native_files_are_unpacked_with_the_links_they_list(tmp_path: Path, out: Path) -> None:
    files = {
        "package/package.json": "{}",
        "package/native/bin/postgres": "program",
        "package/native/lib/libpq.so.5.15": "library",
        "package/native/pg-symlinks.json": links(
            ("native/lib/libpq.so.5.15", "native/lib/libpq.so"), ("native/lib/libpq.so.5.15", "native/top.so")
        ),
    }
    unpack(pack(tmp_path / "a.tgz", files), out)
    assert sorted(path.name for path in out.iterdir()) == ["bin", "lib", "pg-symlinks.json", "top.so"]
    assert (out / "bin/postgres").stat().st_mode & 0o777 == 0o755
    assert (out / "lib/libpq.so").readlink() == Path("../lib/libpq.so.5.15")
    assert (out / "lib/libpq.so").read_text(encoding="utf-8") == "library"
    assert (out / "top.so").read_text(encoding="utf-8") == "library"


def test_a_file_that_would_land_outside_is_refused(tmp_path: Path, out: Path) -> None:
    archive = pack(tmp_path / "a.tgz", {"package/native/../../../escaped": "x"})
    with pytest.raises(UnavailableError, match="outside of it"):
        unpack(archive, out)
    assert not (tmp_path / "escaped").exists()


def test_an_absolute_name_lands_inside(tmp_path: Path, out: Path) -> None:
    unpack(pack(tmp_path / "a.tgz", {"package/native//tmp/escaped-server": "x"}), out)
    assert (out / "tmp/escaped-server").is_file()
    assert not Path("/tmp/escaped-server").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_an_archive_are_refused(tmp_path: Path, out: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("package/native/x")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(UnavailableError, match="neither a file nor a folder"):
        unpack(pack(tmp_path / "a.tgz", {}, member), out)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("native/a", "native/../../b"),
        ("../a", "native/b"),
        ("/etc/passwd", "native/b"),
        ("native/a", "/tmp/b"),
        ("native", "native/b"),
    ],
)
def test_a_listed_link_that_leaves_the_package_is_refused(tmp_path: Path, out: Path, source: str, target: str) -> None:
    archive = pack(tmp_path / "a.tgz", {"package/native/pg-symlinks.json": links((source, target))})
    with pytest.raises(UnavailableError, match="outside of it"):
        unpack(archive, out)


@pytest.mark.parametrize("text", ["[", '[{"source": 1}]', '{"a": 1}'])
def test_a_list_of_links_that_is_none_is_refused(tmp_path: Path, out: Path, text: str) -> None:
    archive = pack(tmp_path / "a.tgz", {"package/native/pg-symlinks.json": text})
    with pytest.raises(UnavailableError, match="list of links can't be read"):
        unpack(archive, out)


def test_half_an_archive_is_refused(tmp_path: Path, out: Path) -> None:
    archive = pack(tmp_path / "a.tgz", {"package/native/a": "x" * 10_000})
    archive.write_bytes(archive.read_bytes()[:60])
    with pytest.raises(UnavailableError, match=r"a\.tgz can't be unpacked"):
        unpack(archive, out)
