"""Read a file that a step could have replaced by anything. In: a path. Out: its bytes, or why not.

Only a regular file of bounded size is read: a FIFO can't hang the engine, a device or a huge file can't fill its
memory, and no link is followed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_PIECE = 64 * 1024


class UnreadableError(Exception):
    """The file can't be read; ``missing`` when there is none, ``size`` in bytes when that is too much.

    The message is for the user.
    """

    def __init__(self, message: str, *, missing: bool = False, size: int | None = None) -> None:
        super().__init__(message)
        self.missing = missing
        self.size = size


def read_regular_file(path: Path | str, *, limit: int, folder: int | None = None) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes; raises ``UnreadableError``.

    ``folder`` is the open folder that a relative ``path`` starts from.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, dir_fd=folder)
    except FileNotFoundError as error:
        raise UnreadableError(f"Could not find file '{path}'.", missing=True) from error
    except (OSError, ValueError) as error:
        raise UnreadableError(_reason(path, error)) from error
    try:
        return _read(descriptor, path, limit)
    except OSError as error:
        raise UnreadableError(_reason(path, error)) from error
    finally:
        os.close(descriptor)


def _read(descriptor: int, path: Path | str, limit: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError(f"'{path}' is not a regular file.")
    if status.st_size > limit:
        raise UnreadableError(f"'{path}' has {status.st_size} bytes; at most {limit} are read.", size=status.st_size)
    data = bytearray()
    while piece := os.read(descriptor, min(_PIECE, limit + 1 - len(data))):
        data += piece
    if len(data) > limit:
        raise UnreadableError(f"'{path}' grew beyond {limit} bytes while it was read.", size=len(data))
    return bytes(data)


def _reason(path: Path | str, error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"'{path}' can't be read: {reason}."
