"""Who a server runs as: nobody of importance. PostgreSQL refuses to run as root, and the others have no need to.

In: this process's ids. Out: the identity to become, or ``None`` where the process is unprivileged already.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from sluice.services.protocol import Identity
from sluice.source.errors import UnavailableError

_NAMES = ("postgres", "nobody")
_NOBODY = Identity(user=65534, group=65534)


def unprivileged(user: int | None = None, mapped: str | None = None) -> Identity | None:
    """Whom a server becomes. ``mapped`` is the text of ``/proc/self/uid_map``.

    Raises ``UnavailableError`` as root of a user namespace that has no other id.
    """
    if (os.geteuid() if user is None else user) != 0:
        return None
    ids = _mapped_ids(_uid_map() if mapped is None else mapped)
    for identity in (*_known(), _NOBODY, Identity(user=1, group=1)):
        if any(first <= identity.user < first + count for first, count in ids):
            return identity
    raise UnavailableError(
        "A server can't run here: this is root in a user namespace that has no other user",
        hint="map the namespace to a user of its own instead of root (unshare --map-user)",
    )


def _known() -> list[Identity]:
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    found = (users[name] for name in _NAMES if name in users)
    return [Identity(user=entry.pw_uid, group=entry.pw_gid) for entry in found]


def _uid_map() -> str:
    try:
        return Path("/proc/self/uid_map").read_text(encoding="ascii")
    except OSError:  # no Linux: every id there is can be used
        return "0 0 4294967295"


def _mapped_ids(text: str) -> list[tuple[int, int]]:
    rows = (line.split() for line in text.splitlines())
    return [(int(first), int(count)) for first, _, count in rows]


def can_reach(path: Path, identity: Identity | None) -> bool:
    """Whether this identity may pass through every folder on the way to ``path``, as far as it exists."""
    if identity is None:
        return True
    for folder in (path, *path.parents):
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        if found.st_uid != identity.user and not found.st_mode & 0o001:
            return False
    return True
