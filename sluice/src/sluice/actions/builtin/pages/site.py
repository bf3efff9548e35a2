"""The files of a site in its artifact."""

from __future__ import annotations

import tarfile
from pathlib import Path

from sluice.actions.protocol import ActionFailedError

_NEVER = frozenset({".git", ".github"})


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
