"""Where a version stands in a file. In: the file's text. Out: the beginning and the end of the version in it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
Place: TypeAlias = Callable[[str], Span | None]
"""Finds the version; ``None`` where it isn't."""
_MARK = "the one that is meant"
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)


def toml_key(table: str, key: str) -> Place:
    """A string under a table's header: ``version`` of ``[project]``."""
    header = re.compile(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\][ \t]*(?:#.*)?\r?$", re.MULTILINE)
    line = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=[ \t]*([\"'])(?!\1\1)([^\"'\n]*)\1", re.MULTILINE)

    def find(text: str) -> Span | None:
        start = header.search(text)
        if start is None:
            return None
        end = _HEADER.search(text, start.end())
        found = line.search(text, start.end(), end.start() if end else len(text))
        return found.span(2) if found else None

    return find


def assignment(*names: str) -> Place:
    """A string that a module assigns to one of the names: ``__version__ = "1.2.3"``."""
    words = "|".join(map(re.escape, names))
    line = re.compile(
        rf"^(?:{words})[ \t]*(?::[ \t]*[\w.\[\]]+[ \t]*)?=[ \t]*([\"'])(?!\1\1)([^\"'\n]*)\1", re.MULTILINE
    )

    def find(text: str) -> Span | None:
        found = line.search(text)
        return found.span(2) if found else None

    return find


def json_member(name: str) -> Place:
    """A string of the outermost object: the one whose change is a change of that."""
    member = re.compile(rf'"{re.escape(name)}"\s*:\s*"([^"\n]*)"')

    def find(text: str) -> Span | None:
        places = (found.span(1) for found in member.finditer(text))
        return next((place for place in places if _outermost(text, name, place)), None)

    return find


def _outermost(text: str, name: str, place: Span) -> bool:
    changed = f"{text[: place[0]]}{_MARK}{text[place[1] :]}"
    with suppress(ValueError):
        document = json.loads(changed)
        return isinstance(document, dict) and document.get(name) == _MARK
    return False


def whole_text(text: str) -> Span | None:
    """All of a file but the white space around it."""
    found = text.strip()
    start = text.index(found) if found else 0
    return (start, start + len(found)) if found else None
