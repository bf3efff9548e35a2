"""Syntax tree and contexts -> value. It knows no workflow: status functions and ``hashFiles`` are given to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar, cast

from sluice.expressions.conversion import (
    compare_greater,
    compare_less,
    is_primitive,
    is_truthy,
    loosely_equal,
    to_number,
    to_text,
)
from sluice.expressions.errors import ExpressionError
from sluice.expressions.functions import WELL_KNOWN_FUNCTIONS
from sluice.expressions.memory import EVALUATION_LIMIT, REFERENCE_SIZE, Memory
from sluice.expressions.syntax import Call, Compare, ContextAccess, Expression, Index, Literal, Logical, Not, Wildcard
from sluice.expressions.values import Dictionary, FilteredArray, Value

T = TypeVar("T")
Function: TypeAlias = Callable[[Sequence[Value]], Value]

_COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": loosely_equal,
    "!=": lambda left, right: not loosely_equal(left, right),
    "<": compare_less,
    "<=": lambda left, right: loosely_equal(left, right) or compare_less(left, right),
    ">": compare_greater,
    ">=": lambda left, right: loosely_equal(left, right) or compare_greater(left, right),
}
_MAX_INDEX = 2**31 - 1
_MISSING = object()


def evaluate(
    expression: Expression,
    contexts: Mapping[str, Value],
    functions: Mapping[str, Function] | None = None,
    *,
    memory_limit: int = EVALUATION_LIMIT,
) -> Value:
    """The value of an expression; raises ExpressionError of kind ``evaluation``.

    A named value that is not in ``contexts`` is null. ``functions`` adds to the well-known ones; each gets its
    arguments as values. ``memory_limit`` is in bytes.
    """
    return _Evaluation(contexts, functions or {}, memory_limit).value(expression)


def trace(
    expression: Expression,
    contexts: Mapping[str, Value],
    functions: Mapping[str, Function] | None = None,
    *,
    memory_limit: int = EVALUATION_LIMIT,
) -> tuple[Value, list[tuple[Expression, Value]]]:
    """The value, and every part that was evaluated on the way (but literals), in the order in which values stood."""
    evaluation = _Tracing(contexts, functions or {}, memory_limit)
    return evaluation.value(expression), evaluation.seen


class _Evaluation:
    __slots__ = ("contexts", "functions", "memory")

    def __init__(self, contexts: Mapping[str, Value], functions: Mapping[str, Function], memory_limit: int) -> None:
        self.contexts = contexts
        self.functions = functions
        self.memory = Memory(memory_limit)

    def value(self, node: Expression) -> Value:
        return _RULES[type(node)](self, node)

    def literal(self, node: Literal) -> Value:
        return node.value

    def context(self, node: ContextAccess) -> Value:
        return _find(self.contexts, node.name)

    def wildcard(self, _: Wildcard) -> Value:
        return "*"

    def negation(self, node: Not) -> Value:
        return not is_truthy(self.value(node.operand))

    def comparison(self, node: Compare) -> Value:
        used = self.memory.used
        result = _COMPARISONS[node.operator](self.value(node.left), self.value(node.right))
        self.memory.used = used
        return result

    def logic(self, node: Logical) -> Value:
        wanted = node.operator == "||"
        result: Value = None
        for operand in node.operands:
            result = self.value(operand)
            if is_truthy(result) is wanted:
                break
        return result

    def index(self, node: Index) -> Value:
        operand = self.value(node.operand)
        if type(operand) is Dictionary and isinstance(node.index, Literal) and isinstance(node.index.value, str):
            return operand.get(node.index.value)  # by far the most frequent form
        if isinstance(node.index, Wildcard):
            return self._items(operand)
        if is_primitive(operand):
            return None
        index = self.value(node.index)
        if isinstance(operand, FilteredArray):
            return self._pick_each(operand, index)
        return _pick(operand, index, None)

    def _items(self, operand: Value) -> FilteredArray:
        match operand:
            case FilteredArray():
                found = FilteredArray(nested for item in operand for nested in _children(item))
            case _:
                found = FilteredArray(_children(operand))
        self.memory.add(REFERENCE_SIZE * len(found))
        return found

    def _pick_each(self, operand: FilteredArray, index: Value) -> FilteredArray:
        picked = (_pick(item, index, _MISSING) for item in operand)
        found = FilteredArray(cast("Value", item) for item in picked if item is not _MISSING)
        self.memory.add(REFERENCE_SIZE * len(found))
        return found

    def call(self, node: Call) -> Value:
        used = self.memory.used
        result = self._call(node)
        self.memory.used = used
        if isinstance(result, str):
            self.memory.add_text(result)
        return result

    def _call(self, node: Call) -> Value:
        known = WELL_KNOWN_FUNCTIONS.get(node.name.lower())
        if known is not None:
            return known(_LazyArguments(self, node.arguments))
        given = _find(self.functions, node.name)
        if given is None:
            raise ExpressionError("evaluation", f"Unrecognized function: '{node.name}'", node.start)
        return given([self.value(argument) for argument in node.arguments])


class _Tracing(_Evaluation):
    __slots__ = ("seen",)

    def __init__(self, contexts: Mapping[str, Value], functions: Mapping[str, Function], memory_limit: int) -> None:
        super().__init__(contexts, functions, memory_limit)
        self.seen: list[tuple[Expression, Value]] = []

    def value(self, node: Expression) -> Value:
        found = super().value(node)
        if not isinstance(node, (Literal, Wildcard)):
            self.seen.append((node, found))
        return found


class _LazyArguments:
    __slots__ = ("_evaluation", "_nodes", "_values", "memory")

    def __init__(self, evaluation: _Evaluation, nodes: tuple[Expression, ...]) -> None:
        self._evaluation = evaluation
        self._nodes = nodes
        self._values: dict[int, Value] = {}
        self.memory = evaluation.memory

    def __len__(self) -> int:
        return len(self._nodes)

    def __getitem__(self, index: int) -> Value:
        if index not in self._values:
            self._values[index] = self._evaluation.value(self._nodes[index])
        return self._values[index]


_RULES: Mapping[type, Callable[..., Value]] = {
    Literal: _Evaluation.literal,
    ContextAccess: _Evaluation.context,
    Wildcard: _Evaluation.wildcard,
    Index: _Evaluation.index,
    Call: _Evaluation.call,
    Not: _Evaluation.negation,
    Compare: _Evaluation.comparison,
    Logical: _Evaluation.logic,
}


def _find(named: Mapping[str, T], name: str) -> T | None:
    """What stands under a name, whatever its case."""
    if name in named:
        return named[name]
    folded = name.lower()
    return next((item for key, item in named.items() if key.lower() == folded), None)


def _children(value: Value) -> Iterable[Value]:
    match value:
        case Dictionary():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _pick(collection: Value, index: Value, otherwise: T) -> Value | T:
    match collection:
        case Dictionary() if is_primitive(index):
            return collection.get(to_text(index), otherwise)
        case list():
            position = _position(index)
            return collection[position] if position is not None and position < len(collection) else otherwise
        case _:
            return otherwise


def _position(index: Value) -> int | None:
    number = to_number(index)
    if math.isnan(number) or number < 0 or number > _MAX_INDEX:
        return None
    return math.floor(number)
