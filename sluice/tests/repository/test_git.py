"""Git on one repository, whatever the caller's environment says."""

from __future__ import annotations

from pathlib import Path

import pytest
from planting import git as make

from sluice.repository.git import git, git_bytes
from sluice.source.errors import UnavailableError

pytestmark = pytest.mark.needs_git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        make(folder, "init", "--quiet", "--initial-branch", name)
    return tmp_path / "one"


def test_a_hook_s_repository_is_not_taken_for_the_one_that_is_meant(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(root.parent / "other/.git"))
    assert git(root, "symbolic-ref", "HEAD") == "refs/heads/one"


def test_what_git_prints_comes_as_text_or_as_bytes(root: Path) -> None:
    assert git_bytes(root, "symbolic-ref", "HEAD") == b"refs/heads/one\n"
    assert (git(root, "rev-parse", "--verify", "HEAD"), git_bytes(root, "no-such-command")) == (None, None)


def test_a_git_that_is_not_there_or_takes_too_long_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnavailableError, match=r"git cat-file took more than 0 s in .*/one"):
        git_bytes(root, "cat-file", "--batch-all-objects", "--batch", seconds=0)
    monkeypatch.setenv("PATH", str(root))
    with pytest.raises(UnavailableError, match=r"git can't be run in .*/one: No such file") as refused:
        git(root, "status")
    assert refused.value.hint == "install git"
