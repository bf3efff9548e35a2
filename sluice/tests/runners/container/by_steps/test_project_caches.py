"""Which caches of files of Compose leave the machine, and the file without them."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.runners.container.by_steps.project_caches import caches_elsewhere, may_write_caches, with_caches_here


def test_what_leaves_is_left_out_and_the_rest_is_kept() -> None:
    far = ["type=registry,ref=ghcr.io/o/c,mode=max", "ghcr.io/o/c", "Type=s3,bucket=b"]
    here = ["type=local,dest=/tmp/c", "type=inline", "type=gha"]
    config: dict[str, Any] = {
        "services": {"app": {"build": {"cache_to": [*far, *here]}}, "own": {"build": {"cache_to": here}}, "db": {}}
    }
    assert caches_elsewhere(config) == far
    more: dict[str, Any] = {"services": {"app": {"ports": []}}}
    assert with_caches_here(more, config) == {"services": {"app": {"ports": [], "build": {"cache_to": here}}}}
    assert (caches_elsewhere({}), with_caches_here({}, {})) == ([], {})


@pytest.mark.parametrize(
    ("line", "text", "may"),
    [
        ("build", "services:\n  a:\n    build:\n      cache_to: [x]\n", True),
        ("up --build", "services: {a: {build: {cache_to: [x]}}}\n", True),
        ("ps", "services: {a: {build: {cache_to: [x]}}}\n", False),
        ("build", "services: {a: {build: {cache_from: [x]}}}\n", False),
    ],
)
def test_compose_is_asked_only_where_a_build_may_write_one(line: str, text: str, *, may: bool) -> None:
    assert may_write_caches(line.split(), [text]) is may
