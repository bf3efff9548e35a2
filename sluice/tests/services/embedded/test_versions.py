from __future__ import annotations

import pytest

from sluice.services.embedded.versions import (
    Choice,
    Version,
    WantedVersion,
    choose,
    read_package_version,
    read_tag,
)
from sluice.source.errors import UnavailableError

AVAILABLE = [Version(15, 8), Version(15, 18), Version(16, 14), Version(18, 4)]


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("15", (15, None)),
        ("15.4", (15, 4)),
        ("16-alpine", (16, None)),
        ("16.2-alpine3.19", (16, 2)),
        ("15.4-bookworm", (15, 4)),
        ("18beta1", (18, None)),
        ("latest", (None, None)),
        ("alpine3.20", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_tag_asks_for_a_version(tag: str | None, wanted: tuple[int | None, int | None]) -> None:
    assert read_tag(tag) == WantedVersion(major=wanted[0], minor=wanted[1])


@pytest.mark.parametrize("tag", ["mine", "v15", "15.4.1.2", "pg15"])
def test_a_tag_may_name_no_version(tag: str) -> None:
    assert read_tag(tag) is None


@pytest.mark.parametrize(
    ("tag", "version"), [("15", (15, 18)), ("15.8", (15, 8)), ("16-alpine", (16, 14)), ("latest", (18, 4))]
)
def test_the_newest_that_fits_is_chosen(tag: str, version: tuple[int, int]) -> None:
    wanted = read_tag(tag)
    assert wanted is not None
    assert choose(wanted, AVAILABLE, "PostgreSQL") == Choice(version=Version(*version))


def test_another_minor_version_comes_with_a_notice() -> None:
    found = choose(WantedVersion(major=15, minor=3), AVAILABLE, "PostgreSQL")
    assert found == Choice(version=Version(15, 18), notice="PostgreSQL 15.3 can't be had here: 15.18 is used")


def test_an_unknown_major_version_names_those_there_are() -> None:
    with pytest.raises(UnavailableError) as caught:
        choose(WantedVersion(major=99), AVAILABLE, "PostgreSQL")
    assert caught.value.message == "PostgreSQL 99 can't be had here"
    assert caught.value.tried == ("versions that there are: 15, 16, 18",)


def test_builds_of_one_version_are_ordered_by_number() -> None:
    texts = ["15.8.0-beta.9", "15.8.0-beta.14", "15.8.0-alpha.21", "15.8.0", "15.8.1-beta.1"]
    versions = sorted(filter(None, map(read_package_version, texts)))
    assert [found.package for found in versions] == [texts[2], texts[0], texts[1], texts[3], texts[4]]
    assert read_package_version("next") is None
