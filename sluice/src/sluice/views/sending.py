"""Text onto a stream. In: text and a stream, whatever its encoding. Out: what of it the stream can take."""

from __future__ import annotations

from contextlib import suppress
from typing import IO


def send(text: str, stream: IO[str]) -> None:
    """Write and flush; what the stream's encoding lacks becomes a question mark, a reader that left is no matter."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with suppress(OSError):
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
