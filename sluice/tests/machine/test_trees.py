"""Folders of any shape are removed whole, and measured."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluice.machine.trees import remove, remove_tree, size_of

DEEP = 1500
"""More than Python's stack has levels; the path is longer than Linux's 4096 bytes."""


@pytest.fixture(autouse=True)
def _nothing_deep_is_left(tmp_path: Path) -> Iterator[None]:
    """What a red test leaves would stop pytest itself, which removes old folders with ``shutil``."""
    yield
    subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def nest(top: Path, depth: int = DEEP) -> None:
    top.mkdir()
    at = os.open(top, os.O_RDONLY)
    for level in range(depth):
        os.close(os.open(f"file{level}", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=at))
        os.mkdir("xyz", 0o700, dir_fd=at)
        os.close(os.open("xyz/beside", os.O_CREAT, dir_fd=at))
        inner = os.open("xyz", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.fchmod(at, 0)
    os.close(at)


@pytest.mark.slow
def test_folders_nested_deeper_than_the_stack_are_removed(tmp_path: Path) -> None:
    nest(tmp_path / "deep")
    remove_tree(tmp_path / "deep")
    assert list(tmp_path.iterdir()) == []
    remove_tree(tmp_path / "deep")


@pytest.mark.slow
def test_their_size_is_found_as_far_as_a_path_reaches(tmp_path: Path) -> None:
    nest(tmp_path / "deep")
    (tmp_path / "deep/more").write_bytes(b"x" * 50_000)
    assert 50_000 <= size_of(tmp_path / "deep") < 100_000
    assert size_of(tmp_path / "deep/more") >= 50_000
    assert size_of(tmp_path / "nothing") == 0
    remove_tree(tmp_path / "deep")


@pytest.mark.slow
def test_what_links_lead_to_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").touch()
    nest(tmp_path / "deep")
    (tmp_path / "deep/xyz/link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "deep")
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "file"]


def test_what_cannot_be_removed_is_told_when_the_rest_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/held", "b/inner/file"):
        (tmp_path / "top" / name).parent.mkdir(parents=True)
        (tmp_path / "top" / name).touch()
    unlink = os.unlink

    def refusing(path: str, *, dir_fd: int | None = None) -> None:
        if str(path).endswith("held"):
            raise PermissionError(1, "Operation not permitted", path)
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", refusing)
    with pytest.raises(PermissionError):
        remove_tree(tmp_path / "top")
    assert [path.name for path in (tmp_path / "top").rglob("*")] == ["a", "held"]


def test_a_file_a_link_and_a_folder_are_removed_alike_and_what_is_gone_is_no_error(tmp_path: Path) -> None:
    stays = tmp_path / "stays"
    stays.mkdir()
    file, link, folder = tmp_path / "file", tmp_path / "link", tmp_path / "folder"
    file.touch()
    link.symlink_to(stays)
    (folder / "below").mkdir(parents=True)
    for path in (file, link, folder, tmp_path / "none"):
        remove(path)
    assert list(tmp_path.iterdir()) == [stays]
