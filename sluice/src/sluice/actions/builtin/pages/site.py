"""The site of a repository: its address, and the files in its artifact."""

from __future__ import annotations

import tarfile
from pathlib import Path
from urllib.parse import urlsplit

from sluice.actions.protocol import ActionFailedError, ActionHost
from sluice.expressions.conversion import to_text

_NEVER = frozenset({".git", ".github"})


def address_of(host: ActionHost) -> str:
    """Where GitHub serves it, without a domain of its own (docs.github.com: types of GitHub Pages sites)."""
    owner, _, name = to_text(host.github["repository"]).partition("/")
    site = f"https://{owner.lower()}.github.io/"
    return site if name.lower() == urlsplit(site).hostname else f"{site}{name}/"


def pack_site(folder: Path, target: Path, *, hidden: bool) -> int:
    """The number of files in ``target``, a tar of the folder in which links are the files that they lead to.

    Raises ``ActionFailedError`` for a folder that isn't there, and for a link that leads nowhere.
    """
    if not folder.is_dir():
        raise ActionFailedError(f"tar: {folder}: Cannot open: No such file or directory")
    files = 0

    def chosen(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        nonlocal files
        name = Path(member.name).name
        if name in _NEVER or (not hidden and name.startswith(".") and member.name != "."):
            return None
        files += member.isfile()
        return member

    try:
        with tarfile.open(target, "w", dereference=True) as archive:
            archive.add(folder, ".", filter=chosen)
    except OSError as error:
        raise ActionFailedError(f"The site can't be packed: {error}") from error
    return files
