"""Packages that the stand-in for GitHub has from before."""

from __future__ import annotations

from sluice.github_api.calls import Facts
from sluice.github_api.shapes import now
from sluice.rehearsal.github.state import Repository


def add_version(owner: Repository, package: str, name: str, tags: list[str], kind: str = "container") -> Facts:
    """A version of a package; ``name`` is its digest, ``tags`` may be none."""
    facts = {"package": f"{kind}/{package}", "name": name, "tags": tags, "created_at": now()}
    return owner.table("package-versions").add(facts)
