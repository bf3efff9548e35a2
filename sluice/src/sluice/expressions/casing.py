"""How GitHub compares text: ordinal, without regard to case. In: strings. Out: strings that compare as theirs do.

The rule is .NET's ``OrdinalIgnoreCase``: every character is replaced by its one-to-one upper case, so that ``ß`` is not
``SS``, and the letters whose upper case is an ASCII letter stay themselves (``ı``, ``ſ``).
"""

from __future__ import annotations

WHITESPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What .NET's ``Char.IsWhiteSpace`` takes for white space; it separates tokens and is trimmed from numbers."""

_UNMAPPED = frozenset("ıſ")


def fold_case(text: str) -> str:
    """The form of a string under which two strings that differ only in case are the same."""
    if text.isascii():
        return text.upper()
    return "".join(map(_fold_character, text))


def _fold_character(character: str) -> str:
    if character in _UNMAPPED:
        return character
    upper = character.upper()
    if len(upper) == 1:
        return upper
    title = character.title()
    return title if len(title) == 1 else character


def ordering_key(text: str) -> bytes:
    """A key that sorts strings as GitHub does: by UTF-16 code units, without regard to case."""
    return fold_case(text).encode("utf-16-be", "surrogatepass")
