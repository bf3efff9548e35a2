"""User 1001, who owns the folders of a job on GitHub: a container that runs as that user may write into them here, too.

GitHub's runner is user 1001, so workflows say ``options: --user 1001``. Here the folders are those of whoever runs
Sluice; an access control list lets the other in, and what is made later inherits it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

RUNNER = 1001
_VERSION, _NOBODY, _ALL, _READ = 2, 0xFFFFFFFF, 7, 5
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20  # linux/posix_acl.h


def is_runner(user: str) -> bool:
    """Whether this is the user of a container, as ``--user`` or an image has it."""
    return user.partition(":")[0] == str(RUNNER)


def let_in(folders: Iterable[Path]) -> None:
    """Let the user write into these folders and what is made in them, where the file system has such lists."""
    if os.geteuid() == RUNNER or not hasattr(os, "setxattr"):
        return
    entries = (_OWNER, _ALL, _NOBODY), (_USER, _ALL, RUNNER), (_GROUP, _READ, _NOBODY)
    rest = (_MASK, _ALL, _NOBODY), (_OTHER, _READ, _NOBODY)
    text = struct.pack("<I", _VERSION) + b"".join(struct.pack("<HHI", *entry) for entry in (*entries, *rest))
    for folder in folders:
        for place in (folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())):
            with suppress(OSError):
                os.setxattr(place, "system.posix_acl_access", text)
                os.setxattr(place, "system.posix_acl_default", text)
