"""Patterns over the names of measures and findings. In: a pattern's text. Out: whether a name fits it.

``*`` stands for anything but ``/``, ``**`` for anything at all; every other character for itself, so that names such as
``bench/test_hash[a+b]`` need no escapes. Matching takes time proportional to the name, whatever the pattern.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from sluice.plan.event.patterns import Pattern, Piece


class NamePattern(Struct, frozen=True):
    """A pattern; two with the same text are equal."""

    text: str

    def matches(self, name: str) -> bool:
        """Whether the whole of ``name`` fits."""
        start, rest = _parts(self.text)
        if not name.startswith(start):
            return False
        if rest in {"", "**"}:
            return bool(rest) or name == start
        return _compiled(rest).matches(name[len(start) :])

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[str, str]:
    start, star, rest = text.partition("*")
    return start, star + rest


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Pattern:
    return Pattern(text=text, negated=False, pieces=tuple(map(_piece, re.findall(r"\*+|[^*]", text))))


def _piece(text: str) -> Piece:
    if text == "*":
        return Piece(accepts=lambda char: char != "/", repeats=True, skip=1)
    if text.startswith("*"):
        return Piece(accepts=lambda _: True, repeats=True, skip=1)
    return Piece(accepts=text.__eq__)
