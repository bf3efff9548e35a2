from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from sluice.store.artifacts import ArtifactError, FolderArtifacts


@pytest.fixture
def kept(tmp_path: Path) -> FolderArtifacts:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a.txt").write_text("a", encoding="utf-8")
    return FolderArtifacts(tmp_path / "artifacts")


def upload(kept: FolderArtifacts, tmp_path: Path, name: str, *, overwrite: bool = False) -> None:
    kept.upload(name, tmp_path / "files", [Path("a.txt")], overwrite=overwrite, compression=6)


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


def test_a_member_that_unpacks_to_far_more_than_it_is_is_refused(kept: FolderArtifacts, tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    with zipfile.ZipFile(tmp_path / "artifacts/bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(110 << 20))
    with pytest.raises(ArtifactError, match="unpacks to"):
        kept.download("bomb", tmp_path / "out")
    assert not (tmp_path / "out/zeros").exists()
