"""What a machine can run out of, or refuses. In: an error of the system's. Out: an error for the user, with a hint.

A full disk, too few open files or a folder of another user's is nobody's bug: it must not read like one,
wherever it strikes.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from sluice.source.errors import SluiceError

_FILES = "raise `ulimit -n`, or run fewer jobs at once with --parallel"
_PROCESSES = "raise `ulimit -u`, or run fewer jobs at once with --parallel"
_MEMORY = "run fewer jobs at once with --parallel"
_RIGHTS = "check the owner and the permissions"
_INODES = "remove files, however small (`df -i` counts them), or set SLUICE_HOME to a folder on another disk"
_SPACE = "free some space, or set SLUICE_HOME to a folder on another disk"
_SPACE_SOMEWHERE = "free some space: where what is printed goes, or where SLUICE_HOME is"
NO_INODES = ("the disk takes no more files (it has no inodes left)", _INODES)
"""What it means and what to do, where files have run out and space has not."""
_LIMITS = {
    errno.ENOSPC: ("the disk is full", _SPACE),
    errno.EDQUOT: ("the disk quota is used up", _SPACE),
    errno.EMFILE: ("too many files are open", _FILES),
    errno.ENFILE: ("too many files are open on this machine", _FILES),
    errno.EAGAIN: ("no more processes or threads can be started", _PROCESSES),
    errno.ENOMEM: ("the memory is used up", _MEMORY),
    errno.EROFS: ("the file system is read-only", "set SLUICE_HOME to a folder that you can write to"),
    errno.EIO: ("the disk can't be read or written", "look at the system's log"),
    errno.EACCES: ("access was refused", _RIGHTS),
    errno.EPERM: ("the system does not allow this", _RIGHTS),
    errno.ENOTDIR: ("a file is where a folder should be", "move it away"),
    errno.ELOOP: ("symbolic links lead round in a circle", "remove the link"),
    errno.ENAMETOOLONG: ("the path is too long", "set SLUICE_HOME to a folder with a shorter path"),
}


class MachineLimitError(SluiceError):
    """The machine has no more of something, or doesn't allow it."""


def machine_limit(error: BaseException) -> MachineLimitError | None:
    """The limit that was reached; ``None`` for an error of another kind."""
    number = _number(error)
    if number not in _LIMITS:
        return None
    what, hint = _LIMITS[number]
    place = error.filename if isinstance(error, OSError) else None
    if number == errno.ENOSPC and isinstance(place, str) and lacks_inodes(Path(place)):
        what, hint = NO_INODES
    if hint is _SPACE and not isinstance(place, str):
        hint = _SPACE_SOMEWHERE
    return MachineLimitError(f"{what}: {place}" if isinstance(place, str) else what, hint=hint)


def lacks_inodes(place: Path) -> bool:
    """Whether the file system of a place, which need not be there, can take no further file however small."""
    try:
        found = os.statvfs(next(path for path in (place, *place.absolute().parents) if path.exists()))
    except OSError:
        return False
    return found.f_files > 0 and found.f_favail == 0  # some file systems have no number of their own, and say 0 of 0


def foremost(error: BaseException) -> BaseException:
    """The error to speak of when several tasks failed at once: one that was raised on purpose, else a limit."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    found = [foremost(inner) for inner in error.exceptions]
    told = [inner for inner in found if isinstance(inner, SluiceError)]
    limits = [inner for inner in found if machine_limit(inner) is not None]
    return [*told, *limits, *found][0]


def _number(error: BaseException) -> int | None:
    if isinstance(error, OSError):
        return error.errno
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, ImportError) and os.strerror(errno.EMFILE) in str(error):  # a shared library's
        return errno.EMFILE
    # CPython has no error of its own for a thread that the system refused.
    return errno.EAGAIN if str(error) == "can't start new thread" else None
