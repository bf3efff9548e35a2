"""Text of an expression -> tokens. It knows the shapes of tokens, not where one may stand: that is the grammar's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from enum import Enum, auto

from msgspec import Struct

from sluice.expressions.casing import WHITESPACE
from sluice.expressions.errors import ExpressionError
from sluice.expressions.number_text import parse_number


class TokenKind(Enum):
    """The kinds of token.

    A parenthesis after a function's name is another kind than one that groups, and ``*`` after a dot is a property.
    """

    LITERAL = auto()
    NAMED_VALUE = auto()
    FUNCTION = auto()
    PROPERTY = auto()
    WILDCARD = auto()
    DEREFERENCE = auto()
    OPEN_GROUP = auto()
    OPEN_CALL = auto()
    OPEN_INDEX = auto()
    CLOSE_PARENTHESIS = auto()
    CLOSE_INDEX = auto()
    SEPARATOR = auto()
    NOT = auto()
    OPERATOR = auto()


class Token(Struct, frozen=True):
    """A token; ``text`` is its spelling, ``start`` its offset in characters, ``value`` a literal's value."""

    kind: TokenKind
    text: str
    start: int
    value: bool | float | str | None = None

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


_BLANKS = re.compile(f"[{WHITESPACE}]*")
_BOUNDARY = rf"()\[\],.!<>=&|{WHITESPACE}"
_WORD = re.compile(f"[^{_BOUNDARY}]*")
_DOTTED_WORD = re.compile(rf"(?:\.|[^{_BOUNDARY}])*")
_KEYWORD = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]*")
_STRING = re.compile(r"'((?:[^']|'')*)'(?!')", re.DOTALL)
_OPERATOR = re.compile(r"!=|>=|<=|==|&&|\|\||[!<>]")

_PUNCTUATION = {
    ")": TokenKind.CLOSE_PARENTHESIS,
    "[": TokenKind.OPEN_INDEX,
    "]": TokenKind.CLOSE_INDEX,
    ",": TokenKind.SEPARATOR,
}
_CONSTANTS: dict[str, bool | float | None] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": math.nan,
    "Infinity": math.inf,
}
_BEFORE_A_NUMBER = frozenset(
    {
        None,
        TokenKind.SEPARATOR,
        TokenKind.OPEN_GROUP,
        TokenKind.OPEN_CALL,
        TokenKind.OPEN_INDEX,
        TokenKind.NOT,
        TokenKind.OPERATOR,
    }
)


def tokenize(text: str) -> Iterator[Token]:
    """The tokens in order; raises ExpressionError of kind ``lexing`` at the first thing that is none."""
    previous: TokenKind | None = None
    offset = _skip_blanks(text, 0)
    while offset < len(text):
        token = _read_token(text, offset, previous)
        yield token
        previous = token.kind
        offset = _skip_blanks(text, token.end)


def _skip_blanks(text: str, offset: int) -> int:
    match = _BLANKS.match(text, offset)
    return match.end() if match else offset


def _read_token(text: str, start: int, previous: TokenKind | None) -> Token:
    character = text[start]
    if kind := _punctuation(character, previous):
        return Token(kind, character, start)
    if character == "'":
        return _read_string(text, start)
    if character in "!><=&|":
        return _read_operator(text, start)
    if character in ".-+0123456789":
        return _read_number(text, start)
    return _read_word(text, start, previous)


def _punctuation(character: str, previous: TokenKind | None) -> TokenKind | None:
    match character:
        case "(":
            return TokenKind.OPEN_CALL if previous is TokenKind.FUNCTION else TokenKind.OPEN_GROUP
        case "*":
            return TokenKind.PROPERTY if previous is TokenKind.DEREFERENCE else TokenKind.WILDCARD
        case "." if previous not in _BEFORE_A_NUMBER:
            return TokenKind.DEREFERENCE
        case _:
            return _PUNCTUATION.get(character)


def _read_string(text: str, start: int) -> Token:
    match = _STRING.match(text, start)
    if not match:
        raise _unexpected(text, start, len(text))
    return Token(TokenKind.LITERAL, match[0], start, match[1].replace("''", "'"))


def _read_operator(text: str, start: int) -> Token:
    match = _OPERATOR.match(text, start)
    if not match:
        raise _unexpected(text, start, _match_end(_WORD, text, start + 1))
    return Token(TokenKind.NOT if match[0] == "!" else TokenKind.OPERATOR, match[0], start)


def _read_number(text: str, start: int) -> Token:
    end = _match_end(_DOTTED_WORD, text, start + 1)
    value = parse_number(text[start:end])
    if math.isnan(value):
        raise _unexpected(text, start, end)
    return Token(TokenKind.LITERAL, text[start:end], start, value)


def _read_word(text: str, start: int, previous: TokenKind | None) -> Token:
    end = _match_end(_WORD, text, start + 1)
    word = text[start:end]
    if not _KEYWORD.fullmatch(word):
        raise _unexpected(text, start, end)
    if previous is TokenKind.DEREFERENCE:
        return Token(TokenKind.PROPERTY, word, start)
    if word in _CONSTANTS:
        return Token(TokenKind.LITERAL, word, start, _CONSTANTS[word])
    called = text.startswith("(", _skip_blanks(text, end))
    return Token(TokenKind.FUNCTION if called else TokenKind.NAMED_VALUE, word, start)


def _match_end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _unexpected(text: str, start: int, end: int) -> ExpressionError:
    return ExpressionError("lexing", f"Unexpected symbol: '{text[start:end]}'", start, expression=text)
