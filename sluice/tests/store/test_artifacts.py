from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from sluice.store.files.artifacts import ArtifactError, FolderArtifacts, Packing


@pytest.fixture
def kept(tmp_path: Path) -> FolderArtifacts:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a.txt").write_text("a", encoding="utf-8")
    return FolderArtifacts(tmp_path / "artifacts")


def upload(kept: FolderArtifacts, tmp_path: Path, name: str, *, overwrite: bool = False) -> None:
    kept.upload(name, tmp_path / "files", [Path("a.txt")], Packing(overwrite=overwrite))


def test_what_goes_in_comes_out(kept: FolderArtifacts, tmp_path: Path) -> None:
    upload(kept, tmp_path, "one")
    assert kept.download("one", tmp_path / "out") == 1
    assert (tmp_path / "out/a.txt").read_text(encoding="utf-8") == "a"
    assert kept.names() == ("one",)
    assert (kept.delete("one"), kept.delete("one")) == (True, False)


def test_a_name_is_taken_once_unless_overwritten(kept: FolderArtifacts, tmp_path: Path) -> None:
    upload(kept, tmp_path, "one")
    with pytest.raises(ArtifactError, match="already exists"):
        upload(kept, tmp_path, "one")
    upload(kept, tmp_path, "one", overwrite=True)


@pytest.mark.parametrize("name", ["", "a/b", "..", 'a"b', "a:b", "a\nb", "a\\b", "a*"])
def test_a_name_that_github_refuses_is_refused(kept: FolderArtifacts, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArtifactError, match="not valid"):
        upload(kept, tmp_path, name)


@pytest.mark.parametrize(("name", "reason"), [("..", "'..' names no file"), ("é" * 126, "longer than 250 bytes")])
def test_a_refused_name_comes_with_its_reason(kept: FolderArtifacts, tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ArtifactError, match=reason):
        upload(kept, tmp_path, name)


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped-artifact", "a/../../escaped"])
def test_a_member_that_leaves_the_target_is_refused(kept: FolderArtifacts, tmp_path: Path, name: str) -> None:
    (tmp_path / "artifacts").mkdir()
    with zipfile.ZipFile(tmp_path / "artifacts/bad.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(ArtifactError, match="leaves its folder"):
        kept.download("bad", tmp_path / "out")
    assert not (tmp_path / "escaped").exists()


def test_a_link_in_an_archive_is_refused(kept: FolderArtifacts, tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "artifacts/bad.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ArtifactError, match="leaves its folder"):
        kept.download("bad", tmp_path / "out")


@pytest.mark.slow
def test_a_member_that_unpacks_to_far_more_than_it_is_is_refused(kept: FolderArtifacts, tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    with zipfile.ZipFile(tmp_path / "artifacts/bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(110 << 20))
    with pytest.raises(ArtifactError, match="unpacks to"):
        kept.download("bomb", tmp_path / "out")
    assert not (tmp_path / "out/zeros").exists()


def test_what_is_past_its_days_is_not_there_any_more(kept: FolderArtifacts, tmp_path: Path) -> None:
    kept.upload("short", tmp_path / "files", [Path("a.txt")], Packing(retention_days=1))
    upload(kept, tmp_path, "long")
    (short,) = (entry for entry in kept.entries() if entry.name == "short")
    assert short.expires - short.created == 24 * 60 * 60
    facts = tmp_path / "artifacts/short.json"
    facts.write_text(facts.read_text(encoding="utf-8").replace(str(short.expires), "1.0"), encoding="utf-8")
    assert kept.names() == ("long",)


def test_a_file_is_kept_as_it_is_when_asked(kept: FolderArtifacts, tmp_path: Path) -> None:
    kept.upload("a.txt", tmp_path / "files", [Path("a.txt")], Packing(archive=False))
    assert kept.download("a.txt", tmp_path / "out") == 1
    assert (tmp_path / "out/a.txt").read_text(encoding="utf-8") == "a"


def test_an_archive_without_facts_is_of_an_earlier_version(kept: FolderArtifacts, tmp_path: Path) -> None:
    upload(kept, tmp_path, "one.two")
    before = kept.find("one.two")
    (tmp_path / "artifacts/one.two.json").unlink()
    after = kept.find("one.two")
    assert before is not None
    assert after is not None
    assert (after.size, after.digest) == (before.size, before.digest)


def test_bytes_that_changed_are_noticed(kept: FolderArtifacts, tmp_path: Path) -> None:
    upload(kept, tmp_path, "one")
    assert kept.intact("one")
    (tmp_path / "artifacts/one.zip").write_bytes(b"no archive")
    assert not kept.intact("one")
    with pytest.raises(ArtifactError, match="can't be unpacked"):
        kept.download("one", tmp_path / "out")


def test_a_path_that_not_every_system_can_have_is_refused(kept: FolderArtifacts, tmp_path: Path) -> None:
    (tmp_path / "files/a:b").write_text("a", encoding="utf-8")
    with pytest.raises(ArtifactError, match="path for one of the files"):
        kept.upload("one", tmp_path / "files", [Path("a:b")], Packing())
    assert kept.names() == ()
    assert list((tmp_path / "artifacts").iterdir()) == []
