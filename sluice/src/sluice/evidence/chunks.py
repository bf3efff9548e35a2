"""Bytes that pass by in chunks, within bounds: bytes or chunks in, chunks out. It must not know what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from sluice.evidence.limits import LARGEST_DOCUMENT, LARGEST_TOKEN
from sluice.evidence.problems import Problem, ReportError

CHUNK = 64 * 1024
"""Bytes of the largest chunk that is handed on."""


def small(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of at most ``CHUNK``, none of them empty."""
    for chunk in chunks:
        for start in range(0, len(chunk), CHUNK):
            yield chunk[start : start + CHUNK]


def split_head(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first ``size`` bytes or a little more, and all of the bytes again."""
    parts: list[bytes] = []
    length = 0
    for chunk in chunks:
        parts.append(chunk)
        length += len(chunk)
        if length >= size:
            break
    return b"".join(parts), chain(parts, chunks)


def whole(chunks: Iterable[bytes], largest: int = LARGEST_DOCUMENT) -> bytes:
    """All the bytes. Raises :class:`ReportError` where there are more than ``largest``."""
    return b"".join(bounded(chunks, largest))


def bounded(chunks: Iterable[bytes], largest: int, *, mark: bytes | None = None) -> Iterator[bytes]:
    """The chunks up to ``largest`` bytes; with a ``mark``, no more than ``LARGEST_TOKEN`` bytes without it.

    Raises :class:`ReportError` past either bound. Without the second one a parser would keep a single text of any
    length in memory.
    """
    total = since = 0
    for chunk in chunks:
        total += len(chunk)
        if total > largest:
            raise ReportError(Problem.TOO_LARGE, f"the report is larger than {largest // 1024 // 1024} MiB")
        if mark is not None:
            since = 0 if mark in chunk else since + len(chunk)
            if since > LARGEST_TOKEN:
                raise ReportError(Problem.TOO_LARGE, f"a text in the report is longer than {LARGEST_TOKEN:,} bytes")
        yield chunk
