"""What of which context an expression reads. In: a syntax tree. Out: paths such as ``steps.build.outputs.image``."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sluice.expressions.syntax import (
    Call,
    Compare,
    ContextAccess,
    Expression,
    Index,
    Literal,
    Logical,
    Not,
    Wildcard,
)
from sluice.expressions.traversal import parts_of

_GIVES_NO_TEXT = frozenset(
    {"contains", "startswith", "endswith", "hashfiles", "success", "failure", "always", "cancelled"}
)


class Path(Struct, frozen=True):
    """A chain of properties from a context on, in lower case; ``*`` is a wildcard, ``None`` an index that is computed.

    ``written`` has the names as they stand in the expression.
    """

    node: Expression
    names: tuple[str | None, ...]
    written: tuple[str | None, ...]

    @property
    def context(self) -> str:
        """The context's name."""
        return self.names[0] or ""

    def name(self, level: int) -> str | None:
        """The name at a level below the context (1 is the first), where the path goes so far and it is no wildcard."""
        found = self.names[level] if level < len(self.names) else None
        return None if found == "*" else found


def paths_in(expression: Expression) -> Iterator[Path]:
    """Every path that is read, the longest chains only, in reading order."""
    path = path_of(expression)
    if path:
        yield path
    for part in _parts_outside_of_chain(expression) if path else parts_of(expression):
        yield from paths_in(part)


def flowing_paths(expression: Expression) -> Iterator[Path]:
    """The paths whose text can be part of the expression's value: not those that are only compared or searched."""
    path = path_of(expression)
    if path:
        yield path
        return
    match expression:
        case Not() | Compare():
            return
        case Call() if expression.name.lower() in _GIVES_NO_TEXT:
            return
        case Call() if expression.name.lower() == "case":
            for argument in (*expression.arguments[1::2], *expression.arguments[-1:]):
                yield from flowing_paths(argument)
        case Call() | Logical() | Index():
            for part in parts_of(expression):
                yield from flowing_paths(part)
        case _:
            return


def path_of(expression: Expression) -> Path | None:
    """The expression as a path, if it is one."""
    steps: list[str | None] = []
    node = expression
    while isinstance(node, Index):
        steps.append(_index_name(node.index))
        node = node.operand
    if not isinstance(node, ContextAccess):
        return None
    written = (node.name, *reversed(steps))
    return Path(expression, tuple(name.lower() if name else name for name in written), written)


def _index_name(index: Expression) -> str | None:
    match index:
        case Wildcard():
            return "*"
        case Literal(value=str(name)):
            return name
        case _:
            return None


def _parts_outside_of_chain(expression: Expression) -> Iterator[Expression]:
    node = expression
    while isinstance(node, Index):
        yield node.index
        node = node.operand
