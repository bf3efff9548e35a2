"""Numbers that somebody else wrote. In: any text. Out: a number, or none; never an error.

``str.isdigit`` alone does not say what ``int`` takes: it holds for "²", and of more than 4300 digits ``int`` makes an
error (docs.python.org: integer string conversion length limitation).
"""

from __future__ import annotations

LONGEST = 18
"""Digits: what fits 64 bits with a sign, as databases and other programs have numbers."""


def whole_number(text: str, digits: int = LONGEST) -> int | None:
    """A whole number of 0 or more in ASCII digits, at most so many; ``None`` for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
