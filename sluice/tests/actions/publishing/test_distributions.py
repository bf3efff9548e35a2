"""What is read of wheels and sdists, and what an index would refuse."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from distributions import METADATA, make_sdist, make_wheel

from sluice.actions.builtin.publishing.distributions import NoDistributionError, digest_of, read_distribution


@pytest.mark.parametrize("make", [make_wheel, make_sdist])
def test_a_good_one_has_its_facts_and_no_problem(tmp_path: Path, make: type) -> None:
    path = make(tmp_path)
    found = read_distribution(path)
    assert (found.name, found.version, found.size) == ("small-thing", "1.0", path.stat().st_size)
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.problems, found.doubts, found.rendered) == ((), (), "text/markdown")


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        (
            METADATA.replace("Name: small-thing", "Name: other"),
            "the file's name says 'small-thing', its metadata 'other'",
        ),
        (METADATA.replace("Version: 1.0", "Version: 1.1"), "the file's name says version 1.0, its metadata 1.1"),
        (METADATA.replace("text/markdown", "text/html"), "description-content-type"),
        (METADATA.replace("Metadata-Version: 2.1\n", ""), "metadata-version"),
        (METADATA.replace("Summary: A small thing", "Requires-Python: seven"), "requires-python"),
    ],
)
def test_what_an_index_refuses_is_a_problem(tmp_path: Path, metadata: str, problem: str) -> None:
    found = read_distribution(make_wheel(tmp_path, metadata))
    assert any(problem in one for one in found.problems), found.problems


def test_a_local_version_is_a_problem(tmp_path: Path) -> None:
    metadata = METADATA.replace("Version: 1.0", "Version: 1.0+here")
    found = read_distribution(make_wheel(tmp_path, metadata, "small_thing-1.0+here"))
    assert found.problems == ("'1.0+here' is a local version, which an index takes from nobody",)


@pytest.mark.parametrize(
    ("metadata", "doubts", "rendered"),
    [
        (METADATA.partition("Description")[0], 2, None),
        (METADATA.replace("Description-Content-Type: text/markdown\n", ""), 1, "text/x-rst"),
    ],
)
def test_what_twine_passes_over_is_a_doubt(tmp_path: Path, metadata: str, doubts: int, rendered: str | None) -> None:
    found = read_distribution(make_wheel(tmp_path, metadata))
    assert (len(found.doubts), found.rendered, found.problems) == (doubts, rendered, ())


@pytest.mark.parametrize("name", ["notes.txt", "small_thing-1.0-py3-none-any.whl", "small_thing-1.0.tar.gz", "x.whl"])
def test_what_is_no_distribution_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("no archive", encoding="utf-8")
    with pytest.raises(NoDistributionError, match=name):
        read_distribution(tmp_path / name)


def test_blake2_is_the_short_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    assert digest_of(tmp_path / "x", "blake2b") == hashlib.blake2b(b"x", digest_size=32).hexdigest()
