"""One expression for an outsider: plain data in, plain data out, errors included. For ``sluice eval`` and its like."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sluice.expressions.conversion import kind_of
from sluice.expressions.errors import ErrorKind, ExpressionError
from sluice.expressions.evaluator import evaluate
from sluice.expressions.memory import DEFAULT_LIMIT
from sluice.expressions.parser import parse_expression
from sluice.expressions.values import Value, from_python, to_python

MAX_CONTEXT_DEPTH = 200
"""Levels of nested arrays and objects in the contexts."""


def evaluate_case(case: object) -> dict[str, object]:
    """The answer to ``{"expr": text, "contexts": {name: value}}``, whatever is wrong with it.

    It is ``{"kind", "value"}``, with a value that JSON can hold (a number that is none in JSON is null), or
    ``{"error": {"kind", "message"}}`` with the kinds lexing, parsing, evaluation, and ``input`` for a malformed case.
    The keys of ``contexts`` are the only named values that may stand in the expression.
    """
    if not isinstance(case, Mapping) or not isinstance(case.get("expr"), str):
        return _error("input", "a case is an object with a text under 'expr'")
    contexts = case.get("contexts")
    if contexts is not None and not isinstance(contexts, Mapping):
        return _error("input", "'contexts' is an object of named values")
    if _is_deeper(contexts, MAX_CONTEXT_DEPTH):
        return _error("input", f"'contexts' is nested more than {MAX_CONTEXT_DEPTH} deep")
    named = {str(name): from_python(value) for name, value in (contexts or {}).items()}
    try:
        value = evaluate(
            parse_expression(case["expr"], contexts=named.keys(), functions=()), named, memory_limit=DEFAULT_LIMIT
        )
    except ExpressionError as error:
        return _error(error.kind, str(error))
    return {"kind": kind_of(value), "value": _json_value(value)}


def _error(kind: ErrorKind | str, message: str) -> dict[str, object]:
    return {"error": {"kind": kind, "message": message}}


def _is_deeper(data: object, limit: int) -> bool:
    level = [data]
    for _ in range(limit + 1):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(item: object) -> list[object]:
    match item:
        case Mapping():
            return list(item.values())
        case list():
            return item
        case _:
            return []


def _json_value(value: Value) -> object:
    """The value as a JSON writer takes it: NaN and the infinities are null, as JavaScript writes them."""
    return _without_specials(to_python(value))


def _without_specials(data: object) -> object:
    match data:
        case float() if math.isnan(data) or math.isinf(data):
            return None
        case dict():
            return {key: _without_specials(item) for key, item in data.items()}
        case list():
            return [_without_specials(item) for item in data]
        case _:
            return data
