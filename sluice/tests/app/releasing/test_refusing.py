"""What ``sluice release`` refuses to plan or cut: nothing new, and less than what files have already."""

from __future__ import annotations

from pathlib import Path

import pytest
from releasing_project import Commit, git, planned, release

from sluice.source.errors import UsageError

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
CRATE = '[package]\nname = "x"\nversion = "1.0.0"\n'


def test_a_version_that_files_have_is_not_undercut_where_its_tag_is_gone(commit: Commit) -> None:
    commit("feat: one", tag="v1.0.0", **{"Cargo.toml": CRATE})
    commit("feat: two", **{"Cargo.toml": CRATE.replace("1.0.0", "1.2.0")})
    for what in ("plan", "cut"):
        with pytest.raises(UsageError, match=r"The tags ask for v1\.1\.0, but Cargo\.toml has 1\.2\.0 already"):
            release(what)
    assert planned("--version", "1.2.0") == "v1.0.0 -> v1.2.0"


def test_what_was_cut_is_not_planned_again_where_its_tag_is_gone(repository: Path, commit: Commit) -> None:
    commit("feat: one", tag="v1.0.0")
    commit("feat: two")
    release("cut")
    git(repository, "tag", "--delete", "v1.1.0")
    commit("feat: more")
    cut = git(repository, "rev-parse", "--short=12", "HEAD~1")
    with pytest.raises(UsageError, match=rf"v1\.1\.0 was cut already, at {cut}, but its tag is gone"):
        release("plan")
    assert planned("--version", "1.2.0") == "v1.0.0 -> v1.2.0"


@pytest.mark.parametrize(
    ("heading", "refused"),
    [("2.0.0 (2026-01-01)", True), ("[2.0.0-rc.1] - 2026-01-01", True), ("2.0.0 (not released)", False)],
)
def test_a_changelog_ahead_of_the_tags_is_told(commit: Commit, heading: str, refused: bool) -> None:
    commit("feat: one", tag="v1.0.0")
    commit("feat: two", **{"CHANGELOG.md": f"# Changelog\n\n## {heading}\n\n- It.\n"})
    if not refused:
        assert planned() == "v1.0.0 -> v1.1.0"
        return
    with pytest.raises(UsageError, match=r"ask for v1\.1\.0, but CHANGELOG\.md has 2\.0\.0") as caught:
        release("plan")
    assert "git fetch --tags" in (caught.value.hint or "")


def test_a_release_of_nothing_is_refused_unless_it_is_asked_for(repository: Path, commit: Commit) -> None:
    commit("feat: one", tag="v1.0.0")
    with pytest.raises(UsageError, match=r"Nothing came since v1\.0\.0") as caught:
        release("cut", "--version", "1.1.0")
    assert "--allow-empty" in (caught.value.hint or "")
    assert not (repository / "CHANGELOG.md").exists()
    assert "v1.1.0 is tagged" in release("cut", "--version", "1.1.0", "--allow-empty")
    assert release("notes", "v1.1.0").strip() == "Nothing changed since v1.0.0."
    assert "agree" in release("check", "v1.1.0")


def test_a_pre_release_of_nothing_is_refused_and_another_channel_promotes_it(commit: Commit) -> None:
    commit("feat: one", tag="v1.0.0")
    commit("feat: two")
    release("cut", "--pre", "beta")
    with pytest.raises(UsageError, match=r"Nothing came since v1\.1\.0-beta\.1"):
        release("cut", "--pre", "beta")
    assert "v1.1.0-rc.1 is tagged" in release("cut", "--pre", "rc")
    with pytest.raises(UsageError, match=r"Nothing came since v1\.1\.0-rc\.1"):
        release("plan", "--pre", "rc")
    assert planned("--pre", "rc", "--allow-empty") == "v1.0.0 -> v1.1.0-rc.2"
    commit("fix: late")
    assert "v1.1.0-rc.2 is tagged" in release("cut", "--pre", "rc")
    assert "v1.1.0 is tagged" in release("cut")


def test_a_pre_release_of_the_version_that_a_file_has_goes_before_it(commit: Commit) -> None:
    commit("feat: one", **{"Cargo.toml": CRATE})
    assert planned("--pre", "rc") == "the first release -> v1.0.0-rc.1"
