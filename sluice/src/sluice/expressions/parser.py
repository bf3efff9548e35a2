"""Text of an expression -> syntax tree, with GitHub's limits and GitHub's sentences for what is wrong.

Operators wait on a stack until something of lower precedence comes (shunting yard), so that no text, however deep,
recurses here. Nothing is evaluated, and a name is only looked up in the lists that the caller gives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NoReturn

from msgspec import Struct

from sluice.expressions import signatures
from sluice.expressions.casing import fold_case
from sluice.expressions.errors import ExpressionError
from sluice.expressions.grammar import check_order
from sluice.expressions.lexer import Token, TokenKind, tokenize
from sluice.expressions.syntax import Call, Compare, ContextAccess, Expression, Index, Literal, Logical, Not, Wildcard

MAX_LENGTH = 21_000
"""Characters; GitHub's bound."""
MAX_DEPTH = 50
"""Levels of the tree; GitHub's bound. Parentheses are no level, and a chain of ``&&`` or of ``||`` is one."""

_PRECEDENCE = {"!": 5, ">": 4, ">=": 4, "<": 4, "<=": 4, "==": 3, "!=": 3, "&&": 2, "||": 1}


def parse_expression(
    text: str, *, contexts: Collection[str] | None = None, functions: Collection[str] | None = None
) -> Expression:
    """The tree of an expression (without ``${{ }}``); raises ExpressionError of kind ``lexing`` or ``parsing``.

    ``contexts`` are the named values that may stand in it, ``functions`` the functions besides the well-known ones,
    as names or with bounds (``hashFiles(1,255)``); ``None`` allows every name. An empty text is ``null``.
    """
    return _parse(
        text,
        None if contexts is None else frozenset(contexts),
        None if functions is None else frozenset(functions),
    )


@lru_cache(maxsize=4096)
def _parse(text: str, contexts: frozenset[str] | None, functions: frozenset[str] | None) -> Expression:
    if len(text) > MAX_LENGTH:
        raise ExpressionError("parsing", f"Exceeded max expression length {MAX_LENGTH}")
    builder = _TreeBuilder(
        text,
        None if contexts is None else frozenset(map(fold_case, contexts)),
        None if functions is None else signatures.read_signatures(functions),
    )
    for token in check_order(tokenize(text), text):
        builder.take(token)
    return builder.finish()


class _Operand(Struct):
    """A finished part of the tree, the stretch of text it fills with its parentheses, and its depth."""

    node: Expression
    start: int
    end: int
    depth: int = 1


class _Waiting(Struct):
    """An operator or an opening bracket that waits; ``operands`` is how many operands stood before it."""

    token: Token
    operands: int


class _TreeBuilder:
    def __init__(
        self, text: str, contexts: frozenset[str] | None, functions: Mapping[str, tuple[int, int]] | None
    ) -> None:
        self._text = text
        self._contexts = contexts
        self._functions = functions
        self._operands: list[_Operand] = []
        self._waiting: list[_Waiting] = []
        self._called: list[Token] = []

    def take(self, token: Token) -> None:
        match token.kind:
            case TokenKind.LITERAL | TokenKind.NAMED_VALUE | TokenKind.WILDCARD | TokenKind.PROPERTY:
                self._take_operand(token)
            case TokenKind.FUNCTION:
                self._check_function(token)
                self._called.append(token)
            case TokenKind.OPERATOR:
                self._reduce(_PRECEDENCE[token.text])
                self._wait(token)
            case TokenKind.NOT | TokenKind.OPEN_GROUP | TokenKind.OPEN_CALL | TokenKind.OPEN_INDEX:
                self._wait(token)
            case TokenKind.SEPARATOR:
                self._reduce(0)
            case TokenKind.CLOSE_PARENTHESIS | TokenKind.CLOSE_INDEX:
                self._close(token)
            case TokenKind.DEREFERENCE:
                pass

    def finish(self) -> Expression:
        if not self._operands:
            return Literal(start=0, end=0, value=None)
        self._reduce(0)
        (whole,) = self._operands
        if whole.depth > MAX_DEPTH:
            raise ExpressionError("parsing", f"Exceeded max expression depth {MAX_DEPTH}")
        return whole.node

    def _take_operand(self, token: Token) -> None:
        start, end = token.start, token.end
        match token.kind:
            case TokenKind.PROPERTY if token.text != "*":
                self._index(_Operand(Literal(start=start, end=end, value=token.text), start, end), end)
            case TokenKind.PROPERTY:
                self._index(_Operand(Wildcard(start=start, end=end), start, end), end)
            case TokenKind.WILDCARD:
                self._operands.append(_Operand(Wildcard(start=start, end=end), start, end))
            case TokenKind.NAMED_VALUE:
                self._check_context(token)
                self._operands.append(_Operand(ContextAccess(start=start, end=end, name=token.text), start, end))
            case _:
                self._operands.append(_Operand(Literal(start=start, end=end, value=token.value), start, end))

    def _wait(self, token: Token) -> None:
        self._waiting.append(_Waiting(token, len(self._operands)))

    def _close(self, token: Token) -> None:
        self._reduce(0)
        opening = self._waiting.pop()
        match opening.token.kind:
            case TokenKind.OPEN_CALL:
                self._call(opening, token)
            case TokenKind.OPEN_INDEX:
                self._index(self._operands.pop(), token.end)
            case _:
                group = self._operands[-1]
                group.start, group.end = opening.token.start, token.end

    def _call(self, opening: _Waiting, closing: Token) -> None:
        function = self._called.pop()
        arguments = self._operands[opening.operands :]
        del self._operands[opening.operands :]
        self._check_count(function, len(arguments))
        nodes = tuple(argument.node for argument in arguments)
        call = Call(start=function.start, end=closing.end, name=function.text, arguments=nodes)
        depth = 1 + max((argument.depth for argument in arguments), default=0)
        self._operands.append(_Operand(call, function.start, closing.end, depth))

    def _index(self, index: _Operand, end: int) -> None:
        operand = self._operands.pop()
        node = Index(start=operand.start, end=end, operand=operand.node, index=index.node)
        self._operands.append(_Operand(node, operand.start, end, 1 + max(operand.depth, index.depth)))

    def _reduce(self, precedence: int) -> None:
        """Finish what waits and binds at least as strongly, back to the last open bracket."""
        while self._waiting:
            token = self._waiting[-1].token
            if _PRECEDENCE.get(token.text, -1) < precedence or token.text not in _PRECEDENCE:
                return
            self._waiting.pop()
            self._apply(token)

    def _apply(self, token: Token) -> None:
        right = self._operands.pop()
        if token.kind is TokenKind.NOT:
            node: Expression = Not(start=token.start, end=right.end, operand=right.node)
            self._operands.append(_Operand(node, token.start, right.end, 1 + right.depth))
            return
        left = self._operands.pop()
        start, end, depth = left.start, right.end, 1 + max(left.depth, right.depth)
        if token.text in ("&&", "||"):
            nodes = (*_flatten(left, token.text), *_flatten(right, token.text))
            node = Logical(start=start, end=end, operator=token.text, operands=nodes)
            depth = max(_depth_within(left, token.text), _depth_within(right, token.text))
        else:
            node = Compare(start=start, end=end, operator=token.text, left=left.node, right=right.node)
        self._operands.append(_Operand(node, start, end, depth))

    def _check_context(self, token: Token) -> None:
        if self._contexts is not None and fold_case(token.text) not in self._contexts:
            self._refuse("Unrecognized named-value", token)

    def _check_function(self, token: Token) -> None:
        if self._functions is not None and self._bounds(token) is None:
            self._refuse("Unrecognized function", token)

    def _check_count(self, function: Token, count: int) -> None:
        least, most = self._bounds(function) or (0, count)
        if count < least:
            self._refuse("Too few parameters supplied", function)
        if count > most:
            self._refuse("Too many parameters supplied", function)
        if function.text.lower() == "case" and count % 2 == 0:
            self._refuse("Even number of parameters supplied, requires an odd number of parameters", function)

    def _bounds(self, function: Token) -> tuple[int, int] | None:
        name = function.text.lower()
        return signatures.WELL_KNOWN.get(name) or (self._functions or {}).get(name)

    def _refuse(self, message: str, token: Token) -> NoReturn:
        raise ExpressionError("parsing", f"{message}: '{token.text}'", token.start, expression=self._text)


def _flatten(operand: _Operand, operator: str) -> tuple[Expression, ...]:
    node = operand.node
    return node.operands if isinstance(node, Logical) and node.operator == operator else (node,)


def _depth_within(operand: _Operand, operator: str) -> int:
    """The depth of a chain of ``operator`` that holds the operand: a chain inside a chain is no level of its own."""
    node = operand.node
    return operand.depth if isinstance(node, Logical) and node.operator == operator else 1 + operand.depth
