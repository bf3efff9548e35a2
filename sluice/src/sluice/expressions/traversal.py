"""What stands in an expression. In: a syntax tree. Out: its parts, the functions it calls, the contexts it reads."""

from __future__ import annotations

from collections.abc import Iterator

from sluice.expressions.signatures import STATUS_FUNCTIONS
from sluice.expressions.syntax import Call, Compare, ContextAccess, Expression, Index, Logical, Not


def walk(expression: Expression) -> Iterator[Expression]:
    """Every part of an expression, itself first, then depth first in reading order."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(parts_of(node)))


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The parts directly below an expression, in reading order."""
    match expression:
        case Index():
            return (expression.operand, expression.index)
        case Call():
            return expression.arguments
        case Not():
            return (expression.operand,)
        case Compare():
            return (expression.left, expression.right)
        case Logical():
            return expression.operands
        case _:
            return ()


def functions_in(expression: Expression) -> frozenset[str]:
    """The names of the functions that stand in it, in lower case."""
    return frozenset(node.name.lower() for node in walk(expression) if isinstance(node, Call))


def contexts_in(expression: Expression) -> frozenset[str]:
    """The names of the contexts that stand in it, in lower case."""
    return frozenset(node.name.lower() for node in walk(expression) if isinstance(node, ContextAccess))


def has_status_function(expression: Expression) -> bool:
    """Whether ``success()``, ``failure()``, ``cancelled()`` or ``always()`` stands anywhere in it (semantics 9)."""
    return not STATUS_FUNCTIONS.isdisjoint(functions_in(expression))
