"""The syntax tree of an expression. Positions are offsets in characters from 0 within the expression's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """null, a boolean, a number or a string."""

    start: int
    end: int
    value: bool | float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextAccess:
    """A named context: ``github``."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wildcard:
    """``*`` as an index."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """``a.b``, ``a['b']``, ``a.*``: a property name is a string Literal."""

    start: int
    end: int
    operand: Expression
    index: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function call, name as written."""

    start: int
    end: int
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """``!a``."""

    start: int
    end: int
    operand: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    start: int
    end: int
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Logical:
    """``&&`` or ``||`` over two or more operands, flattened."""

    start: int
    end: int
    operator: str
    operands: tuple[Expression, ...]


Expression: TypeAlias = Literal | ContextAccess | Wildcard | Index | Call | Not | Compare | Logical
