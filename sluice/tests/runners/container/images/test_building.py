"""Images of actions: what makes them the same."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from sluice.runners.container.images.builders import buildkit_command, docker_programs
from sluice.runners.container.images.building import folder_digest


def test_a_folder_is_the_same_by_names_modes_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/c").symlink_to("../a")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("x")
    first = folder_digest(tmp_path)
    seen = {first}
    for change in (
        lambda: (tmp_path / "a").write_text("2"),
        lambda: (tmp_path / "a").chmod(0o755),
        lambda: (tmp_path / "a").rename(tmp_path / "d"),
        (tmp_path / "b/e").mkdir,
    ):
        change()
        seen.add(folder_digest(tmp_path))
    assert len(seen) == 5
    (tmp_path / ".git/HEAD").write_text("y")
    assert folder_digest(tmp_path) in seen


@pytest.mark.parametrize(
    ("prints", "words"),
    [
        (
            "case $1 in buildx) echo docker/buildx v0.11;; *) echo Docker version 24.0.7;; esac",
            "buildx build",
        ),
        ("case $1 in buildx) exit 1;; *) echo Docker version 20.10.24+dfsg1, build 297e128;; esac", "build"),
        ("case $1 in buildx) exit 1;; *) echo Docker version 26.1.5, build a72d7cd;; esac", ""),
    ],
)
def test_a_client_builds_with_buildkit_by_its_plug_in_or_when_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prints: str, words: str
) -> None:
    (tmp_path / "docker").write_text(f"#!/bin/sh\n{prints}\n", encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert " ".join(buildkit_command()[1:]).partition(" --")[0] == words
    (tmp_path / "docker").unlink()
    assert buildkit_command() == ()


@pytest.mark.needs_root
def test_a_folder_of_path_that_this_user_may_not_look_into_has_no_client(tmp_path: Path) -> None:
    """As after `su` with root's PATH; asked by another user, since nothing is denied to root."""
    if os.geteuid() != 0:
        pytest.skip("this is not root")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        for name, mode in (("closed", 0o700), ("open", 0o755)):
            (Path(place) / name).mkdir()
            (Path(place) / name / "docker").touch(0o755)
            (Path(place) / name).chmod(mode)
        os.seteuid(65534)
        try:
            found = docker_programs([f"{place}/closed", "", f"{tmp_path}/none", f"{place}/open"])
        finally:
            os.seteuid(0)
        assert found == [f"{place}/open/docker"]
