"""Version ranges and the names of Node.js releases."""

from __future__ import annotations

import pytest

from sluice.actions.versions import allows, newest, node_range, read_version

KNOWN = [(18, 19, 0), (20, 9, 0), (20, 10, 1), (22, 1, 0), (24, 0, 2)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("20", (20, 10, 1)),
        ("20.x", (20, 10, 1)),
        ("v20.9.0", (20, 9, 0)),
        (">=18 <22", (20, 10, 1)),
        ("<=20", (20, 10, 1)),
        (">20", (24, 0, 2)),
        ("^20.9.0", (20, 10, 1)),
        ("~20.9", (20, 9, 0)),
        ("18 - 20.9", (20, 9, 0)),
        ("16 || 18", (18, 19, 0)),
        ("x", (24, 0, 2)),
        ("19", None),
        (">=25", None),
    ],
)
def test_the_newest_version_in_a_range_is_npms(wanted: str, expected: tuple[int, ...] | None) -> None:
    assert newest(wanted, KNOWN) == expected


@pytest.mark.parametrize(
    ("alias", "expected"),
    [("lts/*", "24.x"), ("lts/-1", "22.x"), ("lts/Iron", "20.x"), ("latest", "x"), (" 20 ", "20"), ("node", "x")],
)
def test_an_alias_stands_for_a_range(alias: str, expected: str) -> None:
    assert node_range(alias) == expected


@pytest.mark.parametrize("alias", ["lts/nothing", "lts/-99"])
def test_an_alias_that_no_release_has_is_refused(alias: str) -> None:
    with pytest.raises(ValueError, match="Unable to find LTS release"):
        node_range(alias)


def test_text_that_is_no_version_is_none_and_allows_nothing() -> None:
    assert read_version("v20.1.2") == (20, 1, 2)
    assert read_version("20.1.2-rc.1") is None
    assert not allows("nonsense", (1, 0, 0))
