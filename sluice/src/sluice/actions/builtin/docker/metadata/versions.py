"""Version numbers in tags: what a pattern such as ``{{major}}.{{minor}}`` is filled with. Pure."""

from __future__ import annotations

import re

from msgspec import Struct
from packaging.version import InvalidVersion, Version

_SEMVER = re.compile(
    r"\s*[v=]*\s*(?P<version>(?P<major>0|[1-9]\d*)\.(?P<minor>0|[1-9]\d*)\.(?P<patch>0|[1-9]\d*)"
    r"(?:-(?P<pre>(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?)"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\s*"
)
"""semver.org; a leading ``v`` or ``=`` is let through, as npm's parser does, and is no part of the version."""


class VersionParts(Struct, frozen=True, kw_only=True):
    """``values`` by expression name; ``final`` is neither a pre-release nor anything else but a release."""

    values: dict[str, str]
    final: bool


def read_semver(text: str) -> VersionParts | None:
    """A semantic version; nothing when it is none."""
    found = _SEMVER.fullmatch(text)
    if found is None:
        return None
    names = ("version", "major", "minor", "patch")
    return VersionParts(values={"raw": text, **{name: found[name] for name in names}}, final=found["pre"] is None)


def read_pep440(text: str) -> VersionParts | None:
    """A version of a Python package (PEP 440); nothing when it is none."""
    try:
        found = Version(text)
    except InvalidVersion:
        return None
    numbers = {"major": found.major, "minor": found.minor, "patch": found.micro}
    values = {"raw": text, "version": str(found), **{name: str(number) for name, number in numbers.items()}}
    return VersionParts(values=values, final=not (found.is_prerelease or found.is_postrelease))
