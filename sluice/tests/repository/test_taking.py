"""What a snapshot of a working tree holds."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from sluice.plan.event.facts import NO_COMMIT
from sluice.repository.changes import parse_changes
from sluice.repository.snapshot import Snapshot
from sluice.repository.taking import take_snapshot
from sluice.source.errors import UsageError

pytestmark = pytest.mark.needs_git
EARLIER = (1_700_000_000, 1_700_000_000)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=trunk")
    return folder


def git(folder: Path, *arguments: str) -> str:
    command = ("git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, message: str, **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def snapshot(folder: Path) -> Snapshot:
    return take_snapshot(folder, folder.parent / "snapshot")


def refs(taken: Snapshot) -> dict[str, str]:
    lines = (taken.repository / "packed-refs").read_text(encoding="utf-8").splitlines()
    return {ref: sha for sha, ref in (line.split(" ") for line in lines)}


def test_a_clean_tree_is_its_own_commit_compared_with_the_one_before(root: Path) -> None:
    first = commit(root, "One", a="1")
    second = commit(root, "Two\n\nThe body\n\nand more", b="2")
    taken = snapshot(root)
    assert (taken.sha, taken.base_sha, taken.dirty) == (second, first, False)
    assert (taken.ref, taken.branch, taken.default_branch) == ("refs/heads/trunk", "trunk", "trunk")
    assert (taken.changed_files, taken.message) == (("b",), "Two\n\nThe body\n\nand more")
    assert refs(taken) == {"refs/heads/trunk": second}


def test_added_removed_and_renamed_files_are_told_apart(root: Path) -> None:
    commit(root, "One", a="1" * 99, b="2", c="3")
    (root / "a").rename(root / "moved")
    (root / "b").unlink()
    commit(root, "Two", c="4", d="5")
    taken = snapshot(root)
    assert taken.changed_files == ("b", "c", "d", "moved")
    assert (taken.added_files, taken.removed_files) == (("d", "moved"), ("b", "a"))


def test_author_and_time_are_those_of_the_last_commit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-02-03T05:06:07+01:00")
    commit(root, "One\n\nBody", a="1")
    (root / "b").write_text("2", encoding="utf-8")
    taken = snapshot(root)
    assert (taken.author_name, taken.author_email, taken.time) == ("A", "a@b.c", "2024-02-03T04:06:07Z")
    assert taken.message == "One\n\nBody"


def test_a_time_that_no_date_can_tell_is_the_last_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@253402300800 +0000")
    commit(root, "One", a="1")
    assert snapshot(root).time == "9999-12-31T23:59:59Z"


def test_a_message_may_hold_what_parts_commits_here(root: Path) -> None:
    commit(root, "One", a="1")
    git(root, "update-ref", "refs/remotes/origin/trunk", "HEAD")
    commit(root, "Two\x1e parts\n\x1eof it", **{"\x1eb": "2"})
    commit(root, "\x1eThree", c="3")
    push = snapshot(root).push
    assert push is not None
    assert [(one.message, one.added) for one in push.commits] == [
        ("Two\x1e parts\n\x1eof it", ("\x1eb",)),
        ("\x1eThree", ("c",)),
    ]


def test_many_files_are_told_apart_in_no_time() -> None:
    """A set made for each of 20,000 names took more than a minute."""
    names = [f"{number}" for number in range(20_000)]
    started = time.process_time()
    found = parse_changes([word for name in names for word in ("A", name)])
    assert (len(found.changed), found.modified) == (20_000, [])
    assert time.process_time() - started < 2


def test_a_changed_tree_is_a_commit_on_top_that_the_users_repository_never_sees(root: Path) -> None:
    first = commit(root, "", a="1")
    (root / "b").write_text("2", encoding="utf-8")
    taken = snapshot(root)
    assert taken.dirty
    assert taken.message == ""
    assert git(taken.repository, "rev-parse", f"{taken.sha}^") == first
    assert git(taken.repository, "ls-tree", "--name-only", taken.sha).split() == ["a", "b"]
    assert git(root, "status", "--porcelain") == "?? b"


def test_before_the_first_commit_there_is_nothing_to_compare_with(root: Path) -> None:
    (root / "a").write_text("1", encoding="utf-8")
    taken = snapshot(root)
    assert (taken.base_sha, taken.changed_files, taken.dirty) == (NO_COMMIT, None, True)
    assert (taken.ref, taken.message) == ("refs/heads/trunk", "")


def test_a_clone_is_compared_with_its_remote_and_has_the_remotes_branches(root: Path) -> None:
    first = commit(root, "One", a="1")
    git(root, "branch", "other")
    git(root, "tag", "v1")
    git(root.parent, "clone", "--quiet", str(root), "clone")
    clone = root.parent / "clone"
    commit(clone, "Two", b="2")
    third = commit(clone, "Three", c="3")
    taken = snapshot(clone)
    assert (taken.base_sha, taken.changed_files) == (first, ("b", "c"))
    assert taken.default_branch == "trunk"
    assert refs(taken) == {"refs/heads/other": first, "refs/heads/trunk": third, "refs/tags/v1": first}


def test_without_a_remote_main_is_the_default_branch_where_there_is_one(root: Path) -> None:
    commit(root, "One", a="1")
    git(root, "branch", "main")
    assert snapshot(root).default_branch == "main"


def test_a_detached_head_counts_as_main(root: Path) -> None:
    sha = commit(root, "One", a="1")
    git(root, "checkout", "--quiet", "--detach")
    taken = snapshot(root)
    assert (taken.sha, taken.ref) == (sha, "refs/heads/main")


def test_a_folder_without_git_is_its_own_first_commit(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("1", encoding="utf-8")
    taken = snapshot(folder)
    assert git(taken.repository, "ls-tree", "--name-only", taken.sha) == "a"
    assert (taken.base_sha, taken.repository_name) == (NO_COMMIT, "local/folder")


def test_what_changed_in_the_second_of_the_last_commit_is_in_it(repository: Path, tmp_path: Path) -> None:
    """As large as before and of the same second: only the index's own time tells git to look into such a file."""
    file = repository / "file"
    file.write_text("old", encoding="utf-8")
    os.utime(file, EARLIER)
    name = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    for words in (["config", "core.trustctime", "false"], ["add", "file"], [*name, "commit", "--quiet", "-m", "More"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    file.write_text("new", encoding="utf-8")
    os.utime(file, EARLIER)
    os.utime(repository / ".git/index", EARLIER)
    snapshot = take_snapshot(repository, tmp_path / "snapshot")
    show = ["git", f"--git-dir={snapshot.repository}", "show", f"{snapshot.sha}:file"]
    assert (snapshot.dirty, subprocess.check_output(show, text=True)) == (True, "new")


def test_the_callers_git_variables_choose_no_other_repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root, "One", a="1")
    other = root.parent / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=other")
    elsewhere = commit(other, "Elsewhere", b="2")
    second = commit(root, "Two", c="3")
    for name, value in {"GIT_DIR": ".git", "GIT_WORK_TREE": ".", "GIT_INDEX_FILE": ".git/index"}.items():
        monkeypatch.setenv(name, str(other / value))
    taken = snapshot(root)
    monkeypatch.undo()
    assert (taken.sha, taken.branch, taken.changed_files) == (second, "trunk", ("c",))
    assert git(other, "rev-parse", "HEAD") == elsewhere


def test_a_filter_of_the_attributes_is_applied_as_for_a_commit(root: Path) -> None:
    commit(root, "", **{".gitattributes": "*.up filter=up eol=lf\n"})
    git(root, "config", "filter.up.clean", "tr a-z A-Z")
    (root / "a.up").write_text("hello\r\n", encoding="utf-8")
    taken = snapshot(root)
    assert git(taken.repository, "show", f"{taken.sha}:a.up") == "HELLO"
    assert (root / "a.up").read_bytes() == b"hello\r\n"


def test_a_filter_that_must_run_and_can_not_is_named(root: Path) -> None:
    commit(root, "", **{".gitattributes": "*.up filter=up\n"})
    git(root, "config", "filter.up.clean", "no-such-program")
    git(root, "config", "filter.up.required", "true")
    (root / "a.up").write_text("hello", encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.up: clean filter 'up' failed") as caught:
        snapshot(root)
    assert "git status" in (caught.value.hint or "")


def test_objects_named_as_github_names_none_are_refused_before_a_job_meets_them(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "root")
    commit(tmp_path / "root", "One", a="1")
    with pytest.raises(UsageError, match="names its objects by SHA-256"):
        snapshot(tmp_path / "root")
