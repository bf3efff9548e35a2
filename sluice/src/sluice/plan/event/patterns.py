r"""GitHub's filter patterns for branches, tags and paths.

In: a pattern's text. Out: whether a name matches it. ``*`` matches anything but ``/``, ``**`` anything, ``?`` zero or
one and ``+`` one or more of the character before, ``[a-z0-9]`` one of these, a leading ``!`` takes matches back, and
``\`` makes the next character ordinary. A pattern matches the whole name, with regard to case.

Matching walks all possible places in the pattern at once, so no pattern can make it slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from msgspec import Struct


class PatternError(ValueError):
    """A pattern that can't be read; ``position`` counts characters from 0 within it."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class Piece(Struct, frozen=True, kw_only=True):
    """One place of a pattern: the characters it accepts, whether it may repeat, and how many pieces (itself
    included) may be left out in one go; 0 means that it must be there.
    """

    accepts: Callable[[str], bool]
    repeats: bool = False
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A compiled pattern; ``negated`` says that it began with ``!``."""

    text: str
    negated: bool
    pieces: tuple[Piece, ...]
    _steps: dict[tuple[frozenset[int], str], frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    def matches(self, name: str) -> bool:
        """Whether the whole name fits, leaving ``!`` aside."""
        places = self._reach({0})
        for char in name:
            places = self._step(places, char)
            if not places:
                return False
        return len(self.pieces) in places

    def _step(self, places: frozenset[int], char: str) -> frozenset[int]:
        known = self._steps.get((places, char))
        if known is None:
            known = self._steps[places, char] = self._reach(self._advance(places, char))
        return known

    def _advance(self, places: frozenset[int], char: str) -> set[int]:
        after: set[int] = set()
        for place in places:
            if place < len(self.pieces) and self.pieces[place].accepts(char):
                after.add(place + 1)
                if self.pieces[place].repeats:
                    after.add(place)
        return after

    def _reach(self, places: set[int]) -> frozenset[int]:
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            skip = self.pieces[place].skip if place < len(self.pieces) else 0
            if skip and place + skip not in places:
                places.add(place + skip)
                waiting.append(place + skip)
        return frozenset(places)


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> Pattern:
    """Read a pattern; raises ``PatternError``."""
    negated = text.startswith("!")
    body = text[1:] if negated else text
    if not body:
        raise PatternError("the pattern is empty", len(text))
    return Pattern(text=text, negated=negated, pieces=_Reader(text, 1 if negated else 0).read())


def passes(patterns: Iterable[str], name: str) -> bool:
    """Whether a name passes an ordered filter: the last pattern that matches decides, ``!`` against it."""
    passed = False
    for text in patterns:
        pattern = compile_pattern(text)
        if passed is pattern.negated and pattern.matches(name):
            passed = not pattern.negated
    return passed


def find_problems(patterns: Iterable[str]) -> list[tuple[str, str]]:
    """What is wrong with the patterns of one filter, as pairs of pattern and message.

    A filter that has only ``!`` patterns lets nothing through, which is a problem too.
    """
    texts = list(patterns)
    problems: list[tuple[str, str]] = []
    for text in texts:
        try:
            compile_pattern(text)
        except PatternError as error:
            problems.append((text, f"{error.message} at character {error.position + 1} of '{text}'"))
    if texts and all(text.startswith("!") for text in texts):
        problems.append((texts[0], "only patterns with '!': nothing can match; begin with a pattern that has no '!'"))
    return problems


class _Reader:
    """Reads one pattern's pieces from left to right."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = start
        self.start = start
        self.pieces: list[Piece] = []
        self.quantifiable = False

    def read(self) -> tuple[Piece, ...]:
        while self.at < len(self.text):
            self._read_one()
        return tuple(self.pieces)

    def _read_one(self) -> None:
        match self.text[self.at]:
            case "*":
                self._read_stars()
            case "?" | "+" as mark:
                self._quantify(mark)
            case "[":
                self._read_set()
            case "\\":
                self._read_escaped()
            case char:
                self._add_character(char)
                self.at += 1

    def _read_stars(self) -> None:
        first = self.at
        while self.text.startswith("*", self.at):
            self.at += 1
        self.quantifiable = False
        if self.at - first == 1:
            self.pieces.append(Piece(accepts=_is_no_slash, repeats=True, skip=1))
        elif self.text.startswith("/", self.at) and self._begins_segment(first):
            self.at += 1
            self.pieces += _ANY_FOLDERS
        else:
            self.pieces.append(Piece(accepts=_is_any, repeats=True, skip=1))

    def _begins_segment(self, place: int) -> bool:
        return place == self.start or self.text[place - 1] == "/"

    def _quantify(self, mark: str) -> None:
        if not self.quantifiable:
            raise PatternError(f"'{mark}' has no character before it to repeat", self.at)
        before = self.pieces.pop()
        more = Piece(accepts=before.accepts, repeats=mark == "+", skip=1 if mark == "?" else 0)
        self.pieces.append(more)
        self.quantifiable = False
        self.at += 1

    def _read_escaped(self) -> None:
        if self.at + 1 >= len(self.text):
            raise PatternError("'\\' has no character after it to escape", self.at)
        self._add_character(self.text[self.at + 1])
        self.at += 2

    def _add_character(self, char: str) -> None:
        self.pieces.append(Piece(accepts=char.__eq__))
        self.quantifiable = True

    def _read_set(self) -> None:
        close = self.text.find("]", self.at)
        if close < 0:
            raise PatternError("'[' has no ']' after it", self.at)
        members = _members(self.text[self.at + 1 : close], self.at + 1)
        self.pieces.append(Piece(accepts=members.__contains__))
        self.quantifiable = True
        self.at = close + 1


def _members(inside: str, position: int) -> frozenset[str]:
    if not inside:
        raise PatternError("'[]' names no character", position - 1)
    found: set[str] = set()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            found |= _range(inside[at], inside[at + 2], position + at)
            at += 3
        else:
            found.add(inside[at])
            at += 1
    return frozenset(found)


def _range(first: str, last: str, position: int) -> set[str]:
    if not _same_kind(first, last):
        raise PatternError(f"the range '{first}-{last}' is neither within a-z, A-Z nor 0-9", position)
    if first > last:
        raise PatternError(f"the range '{first}-{last}' runs backwards", position)
    return {chr(code) for code in range(ord(first), ord(last) + 1)}


def _same_kind(first: str, last: str) -> bool:
    kinds: tuple[Callable[[str], bool], ...] = (str.islower, str.isupper, str.isdigit)
    return first.isascii() and last.isascii() and any(kind(first) and kind(last) for kind in kinds)


def _is_any(char: str) -> bool:
    return bool(char)


def _is_no_slash(char: str) -> bool:
    return char != "/"


# ``**/`` at the start of a segment: nothing at all, or one or more characters and a slash.
_ANY_FOLDERS = (Piece(accepts=_is_any, skip=3), Piece(accepts=_is_any, repeats=True, skip=1), Piece(accepts="/".__eq__))
