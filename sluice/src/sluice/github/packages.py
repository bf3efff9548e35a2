"""Container packages: which untagged versions a clean-up would delete. The rule is pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from sluice.github.connection import Hub


class Version(Struct, frozen=True, kw_only=True):
    """A version of a package; ``created`` sorts."""

    id: int
    created: str
    tags: tuple[str, ...] = ()


def superfluous(versions: Iterable[Version], *, keep: int) -> list[Version]:
    """The untagged versions but for the ``keep`` newest of them. A tagged one is never among them."""
    untagged = sorted((one for one in versions if not one.tags), key=lambda one: (one.created, one.id), reverse=True)
    return untagged[keep:]


def superfluous_versions(
    hub: Hub, package: str, *, keep: int, organization: bool = False
) -> tuple[str, Sequence[Version]]:
    """What a clean-up would delete, and the path below which each version is to be found by its id."""
    owner = hub.place.repository.partition("/")[0]
    base = f"/{'orgs' if organization else 'users'}/{owner}/packages/container/{quote(package, safe='')}/versions"
    return base, superfluous(map(_version, hub.pages(base, sized=organization)), keep=keep)


def _version(row: dict[str, Any]) -> Version:
    tags = ((row.get("metadata") or {}).get("container") or {}).get("tags") or ()
    return Version(id=row["id"], created=row["created_at"], tags=tuple(tags))
