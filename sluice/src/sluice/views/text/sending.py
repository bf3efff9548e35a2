"""Text onto a stream. In: text and a stream, whatever its encoding. Out: what of it the stream can take."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def send(text: str, stream: IO[str]) -> None:
    """Write and flush; what the stream's encoding lacks becomes a question mark, a reader that left is no matter.

    Raises ``OSError`` where the stream is a file on a full disk.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with reader_may_leave():
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """A pipe or a terminal that was closed is no error; a full disk is."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise
