from __future__ import annotations

import pytest

from sluice.source.errors import UsageError
from sluice.source.image_references import parse_image

DIGEST = "sha256:" + "9f" * 32


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("postgres", "docker.io/library/postgres"),
        ("postgres:15", "docker.io/library/postgres:15"),
        ("postgres:16-alpine", "docker.io/library/postgres:16-alpine"),
        ("docker.io/library/postgres:15.4", "docker.io/library/postgres:15.4"),
        ("index.docker.io/library/redis", "docker.io/library/redis"),
        ("bitnami/postgresql:15", "docker.io/bitnami/postgresql:15"),
        ("localhost/mine:1", "localhost/mine:1"),
        ("localhost:5000/a/b/c:1", "localhost:5000/a/b/c:1"),
        ("[::1]:5000/a:1", "[::1]:5000/a:1"),
        ("ghcr.io/Owner-less/x".lower(), "ghcr.io/owner-less/x"),
        (f"postgres@{DIGEST}", f"docker.io/library/postgres@{DIGEST}"),
        (f"postgres:15@{DIGEST}", f"docker.io/library/postgres:15@{DIGEST}"),
    ],
)
def test_a_reference_is_read_as_the_engines_read_it(text: str, whole: str) -> None:
    assert str(parse_image(text)) == whole


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a part of its name is empty"),
        ("Postgres:15", "'Postgres' has capital letters; a repository's name is all small letters"),
        ("postgres:", "'' is no tag"),
        ("postgres:-x", "'-x' is no tag"),
        ("a//b", "a part of its name is empty"),
        ("a_/b", "'a_' is no name; expected small letters and digits, joined by '.', '_', '-'"),
        ("postgres@sha256:12", "'sha256:12' is no digest; expected algorithm:hexadecimal"),
        ("bad_host.:x/a", "'bad_host.:x' is no registry"),
        ("a/" * 130 + "a", "its name has more than 255 characters"),
    ],
)
def test_a_wrong_reference_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_image(text)
    assert caught.value.message.startswith(f"'{text}' is no image reference: ")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("postgres:15", "postgres"),
        ("public.ecr.aws/docker/library/postgres:15", "postgres"),
        ("mirror.gcr.io/library/redis", "redis"),
        ("ghcr.io/someone/postgres:15", None),
        ("postgis/postgis:15-3.3", None),
    ],
)
def test_official_images_are_known_also_from_mirrors(text: str, name: str | None) -> None:
    assert parse_image(text).official == name
