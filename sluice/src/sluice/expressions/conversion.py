"""Coercion and comparison. In: values. Out: booleans, numbers and text by GitHub's rules (semantics 1 to 6).

The rules are JavaScript's abstract ones, except that strings compare without regard to case and that objects and
arrays are never turned into primitives.
"""

from __future__ import annotations

import math

from sluice.expressions.casing import fold_case, ordering_key
from sluice.expressions.json_text import from_json, to_json
from sluice.expressions.number_text import format_number, parse_number
from sluice.expressions.values import Dictionary, Value

__all__ = [
    "compare_greater",
    "compare_less",
    "from_json",
    "is_primitive",
    "is_truthy",
    "kind_of",
    "loosely_equal",
    "to_json",
    "to_number",
    "to_text",
]


def kind_of(value: Value) -> str:
    """GitHub's name for the kind of a value: Null, Boolean, Number, String, Array or Object."""
    match value:
        case None:
            return "Null"
        case bool():
            return "Boolean"
        case int() | float():
            return "Number"
        case str():
            return "String"
        case list():
            return "Array"
        case Dictionary():
            return "Object"


def is_primitive(value: Value) -> bool:
    """Whether the value is neither an array nor an object."""
    return value is None or isinstance(value, (str, bool, int, float))


def is_truthy(value: Value) -> bool:
    """Everything is true but null, false, 0, -0, NaN and the empty string; ``'false'`` and ``'0'`` are true."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value) if is_primitive(value) else True


def to_text(value: Value) -> str:
    """A value as text: null is empty, an array is ``Array``, an object is ``Object``."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return format_number(value)
        case _:
            return kind_of(value)


def to_number(value: Value) -> float:
    """A value as a number: null 0, false 0, true 1, text as written, arrays and objects NaN."""
    match value:
        case None:
            return 0.0
        case bool() | int() | float():
            return float(value)
        case str():
            return parse_number(value)
        case _:
            return math.nan


def loosely_equal(left: Value, right: Value) -> bool:
    """``left == right``: the same kind as such, text without regard to case, other kinds as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right or fold_case(left) == fold_case(right)
    if not (is_primitive(left) and is_primitive(right)):
        return left is right
    if left is None and right is None:
        return True
    return to_number(left) == to_number(right)


def compare_less(left: Value, right: Value) -> bool:
    """``left < right``: false when either is an array, an object or NaN."""
    if isinstance(left, str) and isinstance(right, str):
        return ordering_key(left) < ordering_key(right)
    return to_number(left) < to_number(right)


def compare_greater(left: Value, right: Value) -> bool:
    """``left > right``."""
    return compare_less(right, left)
