"""The syntax tree of an expression. Positions are offsets in characters from 0 within the expression's text."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Literal(Struct, frozen=True, kw_only=True):
    """null, a boolean, a number or a string."""

    start: int
    end: int
    value: bool | float | str | None


class ContextAccess(Struct, frozen=True, kw_only=True):
    """A named context: ``github``."""

    start: int
    end: int
    name: str


class Wildcard(Struct, frozen=True, kw_only=True):
    """``*`` as an index."""

    start: int
    end: int


class Index(Struct, frozen=True, kw_only=True):
    """``a.b``, ``a['b']``, ``a.*``: a property name is a string Literal."""

    start: int
    end: int
    operand: Expression
    index: Expression


class Call(Struct, frozen=True, kw_only=True):
    """A function call, name as written."""

    start: int
    end: int
    name: str
    arguments: tuple[Expression, ...]


class Not(Struct, frozen=True, kw_only=True):
    """``!a``."""

    start: int
    end: int
    operand: Expression


class Compare(Struct, frozen=True, kw_only=True):
    """``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    start: int
    end: int
    operator: str
    left: Expression
    right: Expression


class Logical(Struct, frozen=True, kw_only=True):
    """``&&`` or ``||`` over two or more operands, flattened."""

    start: int
    end: int
    operator: str
    operands: tuple[Expression, ...]


Expression: TypeAlias = Literal | ContextAccess | Wildcard | Index | Call | Not | Compare | Logical
