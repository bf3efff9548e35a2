"""A whole JSON document, decoded within bounds. Bytes in, plain values out, with the keys that were given twice.

Not a number and the infinities, which JSON lacks and tools write all the same, come through as floats, and so does a
number too long to be one: the entry that holds it is refused, not the report.
"""

from __future__ import annotations

import json
import math

from msgspec import Struct

from sluice.evidence.limits import LONGEST_NUMBER, MOST_CONTAINERS
from sluice.evidence.problems import Problem, ReportError


class JsonDocument(Struct, frozen=True, kw_only=True):
    """The decoded value, and the keys of which an object has two (the last one counts, as everywhere)."""

    value: object
    repeated: tuple[str, ...]


def decode(data: bytes) -> JsonDocument:
    """Decode UTF-8 JSON. Raises :class:`ReportError`: unreadable, truncated, too deep or too large."""
    if data.count(b"[") + data.count(b"{") > MOST_CONTAINERS:
        raise ReportError(Problem.TOO_LARGE, f"more than {MOST_CONTAINERS:,} brackets")
    text = decode_text(data)
    repeated: set[str] = set()

    def to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs) and len(repeated) < 100:
            repeated.update(_twice(pairs))
        return found

    try:
        value = json.loads(text, object_pairs_hook=to_object, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise ReportError(_kind(error, text), f"not JSON: {error.msg} (line {error.lineno})") from error
    except RecursionError as error:
        raise ReportError(Problem.TOO_DEEP, "brackets are nested too deeply") from error
    return JsonDocument(value=value, repeated=tuple(sorted(repeated)))


def decode_text(data: bytes) -> str:
    """The bytes as UTF-8 text, without a byte order mark. Raises :class:`ReportError` where they are something else."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(Problem.UNREADABLE, f"not UTF-8: {error.reason} at byte {error.start:,}") from error


def _twice(pairs: list[tuple[str, object]]) -> set[str]:
    seen: set[str] = set()
    return {key for key, _ in pairs if key in seen or seen.add(key)}  # type: ignore[func-returns-value] # add() is the memory


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= LONGEST_NUMBER else math.inf


def _kind(error: json.JSONDecodeError, text: str) -> Problem:
    at_end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    return Problem.TRUNCATED if at_end else Problem.UNREADABLE
