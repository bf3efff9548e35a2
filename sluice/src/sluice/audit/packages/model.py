"""A package as a lock file pins it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Ecosystem(StrEnum):
    """Where a package comes from, in OSV's words."""

    PYPI = "PyPI"
    NPM = "npm"
    CRATES = "crates.io"


class Package(Struct, frozen=True, kw_only=True):
    """``file`` and ``line``: where it is pinned; ``hashes``: ``sha256:<hex>``; ``licence``: as the lock says it."""

    ecosystem: Ecosystem
    name: str
    version: str
    file: str
    line: int | None = None
    licence: str | None = None
    hashes: tuple[str, ...] = ()


class Unpinned(Struct, frozen=True, kw_only=True):
    """A requirement that names no version: nobody can tell what will be installed."""

    name: str
    file: str
    line: int
