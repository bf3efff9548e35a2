"""What is wrong with an expression. In: a place and GitHub's words. Out: the sentence GitHub would print."""

from __future__ import annotations

from typing import Literal, TypeAlias

from sluice.source.errors import SluiceError

ErrorKind: TypeAlias = Literal["lexing", "parsing", "evaluation"]


class ExpressionError(SluiceError):
    """An expression that can't be read or evaluated.

    ``headline`` is the bare message, ``position`` the offset in characters from 0 of the place that is meant, and
    ``str(error)`` GitHub's full sentence: for a symbol it ends in the position (counted from 1, in UTF-16 units, as
    GitHub counts) and the expression.
    """

    def __init__(self, kind: ErrorKind, message: str, position: int = 0, *, expression: str | None = None) -> None:
        self.kind: ErrorKind = kind
        self.headline = message
        self.position = position
        self.expression = expression
        super().__init__(_sentence(message, position, expression))


def _sentence(message: str, position: int, expression: str | None) -> str:
    if expression is None:
        return message
    units = len(expression[:position].encode("utf-16-le", "surrogatepass")) // 2
    return f"{message}. Located at position {units + 1} within expression: {expression}"
