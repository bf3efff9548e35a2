"""Which token may stand where. In: tokens. Out: the same tokens, or GitHub's error at the first that stands wrong.

A token is legal by the kind of the token before it and by the bracket it stands in; nothing here builds a tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sluice.expressions.errors import ExpressionError
from sluice.expressions.lexer import Token, TokenKind

_OPERAND_ENDS = frozenset(
    {
        TokenKind.CLOSE_PARENTHESIS,
        TokenKind.CLOSE_INDEX,
        TokenKind.WILDCARD,
        TokenKind.LITERAL,
        TokenKind.PROPERTY,
        TokenKind.NAMED_VALUE,
    }
)
_BEFORE_OPERAND: frozenset[TokenKind | None] = frozenset(
    {
        None,
        TokenKind.SEPARATOR,
        TokenKind.OPEN_INDEX,
        TokenKind.OPEN_GROUP,
        TokenKind.OPEN_CALL,
        TokenKind.NOT,
        TokenKind.OPERATOR,
    }
)
_INDEXABLE = _OPERAND_ENDS - {TokenKind.LITERAL}

_MAY_FOLLOW: dict[TokenKind, frozenset[TokenKind | None]] = {
    TokenKind.LITERAL: _BEFORE_OPERAND,
    TokenKind.NAMED_VALUE: _BEFORE_OPERAND,
    TokenKind.FUNCTION: _BEFORE_OPERAND,
    TokenKind.OPEN_GROUP: _BEFORE_OPERAND,
    TokenKind.NOT: _BEFORE_OPERAND,
    TokenKind.PROPERTY: frozenset({TokenKind.DEREFERENCE}),
    TokenKind.WILDCARD: frozenset({TokenKind.OPEN_INDEX}),
    TokenKind.DEREFERENCE: frozenset(_INDEXABLE),
    TokenKind.OPEN_INDEX: frozenset(_INDEXABLE),
    TokenKind.OPEN_CALL: frozenset({TokenKind.FUNCTION}),
    TokenKind.CLOSE_PARENTHESIS: frozenset(_OPERAND_ENDS),
    TokenKind.CLOSE_INDEX: frozenset(_OPERAND_ENDS),
    TokenKind.SEPARATOR: frozenset(_OPERAND_ENDS),
    TokenKind.OPERATOR: frozenset(_OPERAND_ENDS),
}
_OPENERS = frozenset({TokenKind.OPEN_GROUP, TokenKind.OPEN_INDEX, TokenKind.OPEN_CALL})
_STANDS_IN = {
    TokenKind.CLOSE_PARENTHESIS: frozenset({TokenKind.OPEN_GROUP, TokenKind.OPEN_CALL}),
    TokenKind.CLOSE_INDEX: frozenset({TokenKind.OPEN_INDEX}),
    TokenKind.SEPARATOR: frozenset({TokenKind.OPEN_CALL}),
}


def check_order(tokens: Iterable[Token], text: str) -> Iterator[Token]:
    """The tokens as they come, each checked; raises ExpressionError of kind ``parsing``, at the end too."""
    previous: Token | None = None
    brackets: list[TokenKind] = []
    for token in tokens:
        if not _is_legal(token, previous, brackets):
            raise ExpressionError("parsing", f"Unexpected symbol: '{token.text}'", token.start, expression=text)
        if token.kind in _OPENERS:
            brackets.append(token.kind)
        elif token.kind in (TokenKind.CLOSE_PARENTHESIS, TokenKind.CLOSE_INDEX):
            brackets.pop()
        yield token
        previous = token
    if previous and (brackets or previous.kind not in _OPERAND_ENDS):
        message = f"Unexpected end of expression: '{previous.text}'"
        raise ExpressionError("parsing", message, previous.start, expression=text)


def _is_legal(token: Token, previous: Token | None, brackets: list[TokenKind]) -> bool:
    follows = previous.kind if previous else None
    if token.kind is TokenKind.CLOSE_PARENTHESIS and follows is TokenKind.OPEN_CALL:
        return True
    if follows not in _MAY_FOLLOW[token.kind]:
        return False
    inside = _STANDS_IN.get(token.kind)
    return inside is None or bool(brackets and brackets[-1] in inside)
