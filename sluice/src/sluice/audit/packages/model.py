"""A package as a lock file pins it."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote

from msgspec import Struct


class Ecosystem(StrEnum):
    """Where a package comes from, in OSV's words."""

    PYPI = "PyPI"
    NPM = "npm"
    CRATES = "crates.io"


PURL_TYPES = {Ecosystem.PYPI: "pypi", Ecosystem.NPM: "npm", Ecosystem.CRATES: "cargo"}
"""What a package's address calls them."""


class Package(Struct, frozen=True, kw_only=True):
    """``file`` and ``line``: where it is pinned; ``hashes``: ``sha256:<hex>``; ``licence``: as the lock says it."""

    ecosystem: Ecosystem
    name: str
    version: str
    file: str
    line: int | None = None
    licence: str | None = None
    hashes: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """``pkg:npm/%40scope/name@1.0`` (github.com/package-url/purl-spec)."""
        return f"pkg:{PURL_TYPES[self.ecosystem]}/{quote(self.name, safe='/')}@{quote(self.version, safe='')}"


class Unpinned(Struct, frozen=True, kw_only=True):
    """A requirement that names no version: nobody can tell what will be installed."""

    name: str
    file: str
    line: int
