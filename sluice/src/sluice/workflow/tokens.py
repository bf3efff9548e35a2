"""A YAML template as GitHub reads it: literals, expressions, sequences and mappings, each with its span.

A token holds what stood in the file; nothing is evaluated. A string that mixes text and ``${{ }}`` is one
``ExpressionToken`` whose expression is ``format('...', ...)``, as GitHub's own reader makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sluice.expressions.syntax import Expression
from sluice.source.positions import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class NullToken:
    """An empty value, ``null`` or ``~``."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class BooleanToken:
    """``true`` or ``false``."""

    span: Span
    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberToken:
    """A YAML 1.2 core-schema number; ``raw`` is its spelling in the file."""

    span: Span
    value: float
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StringToken:
    """A literal string."""

    span: Span
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionToken:
    """An expression; ``source`` is its text without ``${{ }}``, ``raw`` the whole scalar as written."""

    span: Span
    source: str
    raw: str
    expression: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertToken:
    """The mapping key ``${{ insert }}``."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceToken:
    """An ordered list of tokens."""

    span: Span
    items: tuple[Token, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingToken:
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
