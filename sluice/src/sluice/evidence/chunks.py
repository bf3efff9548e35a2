"""Bytes that pass by in chunks, within bounds: bytes or chunks in, chunks out. It must not know what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from sluice.evidence.limits import LARGEST_DOCUMENT, LARGEST_TOKEN, LONGEST_NUMBER
from sluice.evidence.problems import Problem, ReportError

CHUNK = 64 * 1024
"""Bytes of a chunk that is handed on."""

_LONG_NUMBER = re.compile(rb"\d{%d}" % LONGEST_NUMBER)


def even(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of ``CHUNK`` bytes each, the last one smaller."""
    rest = bytearray()
    for chunk in chunks:
        if not rest and len(chunk) == CHUNK:
            yield bytes(chunk)
            continue
        view = memoryview(chunk)
        while view:
            taken = min(CHUNK - len(rest), len(view))
            rest += view[:taken]
            view = view[taken:]
            if len(rest) == CHUNK:
                yield bytes(rest)
                rest.clear()
    if rest:
        yield bytes(rest)


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


def without_long_numbers(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The even chunks as they are. Raises :class:`ReportError` for a number of twice ``LONGEST_NUMBER`` digits or more.

    ijson's C parser hands such a number to ``int()``, which refuses to read it, and then dereferences the nothing that
    it got: the process would end there.
    """
    for chunk in chunks:
        suspects = chunk[:: LONGEST_NUMBER - 1]
        if any(byte in b"0123456789" for byte in suspects) and _LONG_NUMBER.search(chunk):
            raise ReportError(Problem.HOSTILE, f"a number in the report has more than {LONGEST_NUMBER} digits")
        yield chunk
