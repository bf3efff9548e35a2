"""A YAML template as GitHub reads it: literals, expressions, sequences and mappings, each with its span.

A token holds what stood in the file; nothing is evaluated. A string that mixes text and ``${{ }}`` is one
``ExpressionToken`` whose expression is ``format('...', ...)``, as GitHub's own reader makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from sluice.expressions.syntax import Expression
from sluice.source.positions import Span


class NullToken(Struct, frozen=True, kw_only=True):
    """An empty value, ``null`` or ``~``."""

    span: Span


class BooleanToken(Struct, frozen=True, kw_only=True):
    """``true`` or ``false``."""

    span: Span
    value: bool


class NumberToken(Struct, frozen=True, kw_only=True):
    """A YAML 1.2 core-schema number; ``raw`` is its spelling in the file."""

    span: Span
    value: float
    raw: str


class StringToken(Struct, frozen=True, kw_only=True):
    """A literal string."""

    span: Span
    value: str


class ExpressionToken(Struct, frozen=True, kw_only=True):
    """An expression; ``source`` is its text without ``${{ }}``, ``raw`` the whole scalar as written."""

    span: Span
    source: str
    raw: str
    expression: Expression


class InsertToken(Struct, frozen=True, kw_only=True):
    """The mapping key ``${{ insert }}``."""

    span: Span


class SequenceToken(Struct, frozen=True, kw_only=True):
    """An ordered list of tokens."""

    span: Span
    items: tuple[Token, ...]


class MappingToken(Struct, frozen=True, kw_only=True):
    """Keys and values in file order; a key may be an expression."""

    span: Span
    entries: tuple[tuple[KeyToken, Token], ...]

    def literal_items(self) -> Iterator[tuple[StringToken, Token]]:
        """The entries whose key is a literal string."""
        return ((key, value) for key, value in self.entries if isinstance(key, StringToken))

    def get(self, name: str) -> Token | None:
        """The value under a literal key, compared exactly."""
        return next((value for key, value in self.literal_items() if key.value == name), None)


KeyToken: TypeAlias = StringToken | ExpressionToken | InsertToken
Token: TypeAlias = NullToken | BooleanToken | NumberToken | StringToken | ExpressionToken | SequenceToken | MappingToken


def is_literal(token: Token) -> bool:
    """Whether nothing in it is left to an expression."""
    match token:
        case ExpressionToken():
            return False
        case SequenceToken(items=items):
            return all(map(is_literal, items))
        case MappingToken(entries=entries):
            return all(isinstance(key, StringToken) and is_literal(value) for key, value in entries)
        case _:
            return True


def written_text(token: Token | None) -> str:
    """The text of a string as it stands in the file, expressions included; empty for anything else."""
    match token:
        case StringToken():
            return token.value
        case ExpressionToken():
            return token.raw
        case _:
            return ""
