"""Folders that belong to one process: what a killed one left is removed by the next."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path


def own_folder(parent: Path, prefix: str = "") -> Path:
    """A path below ``parent`` that names this process, not made yet.

    What processes that are gone left there under ``prefix`` is removed, as far as it is a folder of this user's.
    """
    for left in parent.glob(f"{prefix}*-*"):
        owner = left.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not _runs(int(owner)) and _is_ours(left):
            shutil.rmtree(left, ignore_errors=True)
    return parent / f"{prefix}{os.getpid()}-{time.time_ns()}"


def _is_ours(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
