"""An output or a cache of the builder's, as options and files say it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sluice.source.build_fields import build_fields


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("type=image,push=true", {"type": "image", "push": "true"}),
        ('type=image,"name=a,b"', {"type": "image", "name": "a,b"}),
        ("Type = registry , ref=x=y", {"type": "registry", "ref": "x=y"}),
        ({"type": "local", "dest": "out"}, {"type": "local", "dest": "out"}),
        ("out", {}),
        ("", {}),
    ],
)
def test_it_is_read_by_name(entry: str | Mapping[str, str], found: dict[str, str]) -> None:
    assert build_fields(entry) == found
