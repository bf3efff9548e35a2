"""Checksums, bill of materials, provenance: the same bytes for the same release."""

from __future__ import annotations

import json

import pytest
from published_schemas import cyclonedx_mistakes, provenance_mistakes

from sluice.delivery.release.provenance import Build, Component, bill_of_materials, checksums, statement

BUILD = Build(repository="https://x.example/o/r", tag="v1", commit="c" * 40, time=9, tools={"uv": "1"})
DIGESTS = {"b.whl": "1" * 64, "a.tar.gz": "2" * 64}


def test_checksums_are_those_of_sha256sum() -> None:
    assert checksums(DIGESTS) == f"{'2' * 64}  a.tar.gz\n{'1' * 64}  b.whl\n"


def test_the_bill_is_one_that_scanners_read() -> None:
    parts = [Component(name="Zope_X", version="2"), Component(name="anyio", version="4.6.0", digests=("3" * 64,))]
    text = bill_of_materials("app", "1.0.0", parts, 0)
    assert text == bill_of_materials("app", "1.0.0", parts[::-1], 0)
    document = json.loads(text)
    assert [one["purl"] for one in document["components"]] == ["pkg:pypi/zope-x@2", "pkg:pypi/anyio@4.6.0"]
    assert document["dependencies"][0]["dependsOn"] == ["pkg:pypi/zope-x@2", "pkg:pypi/anyio@4.6.0"]
    assert document["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"


def test_the_statement_names_every_file_and_its_source() -> None:
    document = json.loads(statement(BUILD, DIGESTS))
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    assert [(one["name"], one["digest"]["sha256"]) for one in document["subject"]] == sorted(DIGESTS.items())
    (source,) = document["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source == {"uri": "git+https://x.example/o/r@refs/tags/v1", "digest": {"gitCommit": "c" * 40}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "into", "mistake"),
    [
        ("", "", None),
        ('"SHA-256"', '"SHA256"', "'SHA256' is not one of"),
        ("urn:uuid:", "uuid:", "serialNumber"),
        ('"bomFormat"', '"format"', "'bomFormat' is a required property"),
        ("pkg:pypi/idna@3", "pkg:pypi/anyio@4", "pkg:pypi/anyio@4 is named 2 times"),
    ],
)
def test_the_bill_keeps_to_the_published_schema(changed: str, into: str, mistake: str | None) -> None:
    parts = [Component(name="idna", version="3"), Component(name="anyio", version="4", digests=("3" * 64,))]
    found = cyclonedx_mistakes(bill_of_materials("app", "1.0.0", parts, 0).replace(changed, into))
    assert (mistake in "\n".join(found)) if mistake else not found


@pytest.mark.parametrize(
    ("changed", "into", "mistake"),
    [
        ("", "", None),
        ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1", "Wrong statement type"),
        ('"subject"', '"subjects"', 'no field named "subjects"'),
        ('"resolvedDependencies"', '"materials"', 'no field named "materials"'),
        ('"buildType"', '"build_type"', "buildDefinition/buildType is required"),
        ("https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2", "is no https://slsa.dev"),
    ],
)
def test_the_statement_keeps_to_the_published_messages(changed: str, into: str, mistake: str | None) -> None:
    found = provenance_mistakes(statement(BUILD, DIGESTS).replace(changed, into))
    assert (mistake in "\n".join(found)) if mistake else not found
