"""Which version comes next, and what it is called."""

from __future__ import annotations

import pytest
from semver import Version

from sluice.delivery.release.commits import Commit, Group
from sluice.delivery.release.versions import (
    image_tags,
    known_versions,
    next_version,
    pre_release,
    python_version,
    read_version,
    version_in_file,
)
from sluice.source.errors import UsageError


def commit(group: Group, *, breaking: str | None = None) -> Commit:
    return Commit(sha="a" * 40, text="x", group=group, breaking=breaking)


FIX, FEATURE, OTHER = commit(Group.FIX), commit(Group.FEATURE), commit(Group.OTHER)
BREAKING = commit(Group.FIX, breaking="gone")


@pytest.mark.parametrize(
    ("last", "commits", "wanted"),
    [
        (None, [BREAKING], "0.1.0"),
        ("1.2.3", [FIX, OTHER], "1.2.4"),
        ("1.2.3", [FIX, FEATURE], "1.3.0"),
        ("1.2.3", [FEATURE, BREAKING], "2.0.0"),
        ("0.2.3", [BREAKING], "0.3.0"),
        ("0.2.3", [OTHER], "0.2.4"),
    ],
)
def test_the_commits_say_which_number_goes_up(last: str | None, commits: list[Commit], wanted: str) -> None:
    assert str(next_version(Version.parse(last) if last else None, commits)) == wanted


def test_pre_releases_count_on_in_their_channel() -> None:
    known = [read_version(text) for text in ("1.3.0-rc.1", "1.3.0-rc.9", "1.3.0-beta.4", "1.2.0-rc.99")]
    version = read_version("1.3.0")
    assert str(pre_release(version, "rc", known)) == "1.3.0-rc.10"
    assert str(pre_release(version, "alpha", known)) == "1.3.0-alpha.1"
    with pytest.raises(UsageError, match="'nightly' is no channel"):
        pre_release(version, "nightly", known)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1.2.3", "1.2.3"), ("v1.2.3-rc.1", "1.2.3rc1"), ("1.2.3-alpha.10", "1.2.3a10"), ("1.2.3-beta.2", "1.2.3b2")],
)
def test_python_packages_have_their_own_spelling(text: str, wanted: str) -> None:
    assert python_version(read_version(text)) == wanted


@pytest.mark.parametrize("text", ["1.2", "v1.2.3.4", "1.2.3-preview.1", "1.2.3-rc1", "1.2.3-rc.01", "1.2.3+build", "x"])
def test_what_no_package_or_image_can_be_called_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_version(text)


@pytest.mark.parametrize(
    ("version", "known", "wanted"),
    [
        ("1.2.3", [], ("1.2.3", "1.2", "1", "latest")),
        ("1.2.3-rc.1", [], ("1.2.3-rc.1",)),
        ("0.4.0", [], ("0.4.0", "0.4", "latest")),
        ("1.2.4", ["1.3.0"], ("1.2.4", "1.2")),
        ("1.2.4", ["2.0.0"], ("1.2.4", "1.2", "1")),
        ("1.2.4", ["1.2.5"], ("1.2.4",)),
        ("1.2.4", ["1.2.5-rc.1", "1.2.3"], ("1.2.4", "1.2", "1", "latest")),
    ],
)
def test_image_tags_go_forward_only_and_never_latest_for_a_pre_release(
    version: str, known: list[str], wanted: tuple[str, ...]
) -> None:
    assert image_tags(read_version(version), [read_version(text) for text in known]) == wanted


def test_tags_that_are_no_versions_are_no_releases() -> None:
    tags = ["v1.2.3", "v1.10.0", "nightly", "v2", "1.5.0", "v1.2.3-rc.1"]
    assert list(map(str, known_versions(tags, "v"))) == ["1.2.3-rc.1", "1.2.3", "1.10.0"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2", "1.2.0"),
        ("2026.01.05", "2026.1.5"),
        ("1.2.3rc1", "1.2.3-rc.1"),
        ("1.2.3-beta.10", "1.2.3-beta.10"),
        ("1.2.3a1", "1.2.3-alpha.1"),
        ("1.2.3.post1", "1.2.3"),
        ("1.2.3.dev0", "None"),
        ("1.2.3-SNAPSHOT", "None"),
        ("", "None"),
    ],
)
def test_what_files_call_a_release_is_compared_in_either_spelling(text: str, wanted: str) -> None:
    assert str(version_in_file(text)) == wanted
