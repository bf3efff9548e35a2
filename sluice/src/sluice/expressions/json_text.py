"""JSON inside expressions. In: a value or a text. Out: the other one, by GitHub's rules (semantics 8).

Neither direction can be made to recurse without end, and the writer tells its caller how much it writes as it goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NoReturn

from sluice.expressions.errors import ExpressionError
from sluice.expressions.number_text import format_number
from sluice.expressions.values import Dictionary, Value

MAX_JSON_DEPTH = 100

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPED = re.compile('["\\\\\x00-\x1f\x85\u2028\u2029]')
_JSON_BLANKS = " \t\r\n"


def to_json(value: Value, *, meter: Callable[[str], None] | None = None) -> str:
    """The value as JSON, indented by two; ``meter`` sees each piece as it is written and may raise."""
    pieces: list[str] = []
    for piece in _write(value):
        if meter:
            meter(piece)
        pieces.append(piece)
    return "".join(pieces)


def _write(value: Value) -> Iterator[str]:
    """The pieces of a value's JSON; what is still to be written waits on a list, not on Python's stack."""
    waiting: list[str | tuple[str, Value, int]] = [("", value, 1)]
    while waiting:
        task = waiting.pop()
        if isinstance(task, str):
            yield task
            continue
        prefix, current, level = task
        if not (isinstance(current, (Dictionary, list)) and current):
            yield prefix + _write_leaf(current)
            continue
        opening, closing = "{}" if isinstance(current, Dictionary) else "[]"
        yield prefix + opening
        waiting.append(f"\n{'  ' * (level - 1)}{closing}")
        indent = f"\n{'  ' * level}"
        waiting += [(f"{comma}{indent}{key}", item, level + 1) for comma, key, item in _backwards(current)]


def _backwards(collection: Dictionary | list[Value]) -> Iterator[tuple[str, str, Value]]:
    """Comma, key and item of each entry, the last entry first."""
    if isinstance(collection, Dictionary):
        entries = [(f"{_quote(key)}: ", item) for key, item in collection.items()]
    else:
        entries = [("", item) for item in collection]
    for number in range(len(entries) - 1, -1, -1):
        yield ("," if number else "", *entries[number])


def _write_leaf(value: Value) -> str:
    match value:
        case Dictionary():
            return "{}"
        case list():
            return "[]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return format_number(value)
        case str():
            return _quote(value)


def _quote(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"


def from_json(text: str) -> Value:
    """The value that a JSON text stands for; raises ExpressionError where it is none.

    JSON as GitHub reads it (``lenient_json``), nested 100 deep at most. Of keys that differ only in case the first
    one counts.
    """
    if not text.strip(_JSON_BLANKS):
        raise ExpressionError("evaluation", "Error parsing fromJson: the text is empty")
    try:
        data = _load(text)
        return _to_value(data, 0, _has_surrogates(text))
    except (ValueError, RecursionError) as error:
        detail = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise ExpressionError("evaluation", f"Error parsing fromJson: {detail}") from error


def _load(text: str) -> object:
    """Strictly, since that is quick and nearly always right; else with what GitHub lets pass."""
    try:
        return json.loads(text, parse_int=float, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        from sluice.expressions.lenient_json import strict_json  # noqa: PLC0415 (nearly never)

        try:
            return json.loads(strict_json(text), parse_int=float, parse_constant=_refuse_constant)
        except ValueError:
            raise error from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _has_surrogates(text: str) -> bool:
    return "\\ud" in text or "\\uD" in text


def _to_value(data: object, depth: int, mend: bool) -> Value:
    match data:
        case str():
            return _mend_surrogates(data) if mend else data
        case dict() | list() if depth >= MAX_JSON_DEPTH:
            raise ValueError(f"nested more than {MAX_JSON_DEPTH} deep")
        case list():
            return [_to_value(item, depth + 1, mend) for item in data]
        case dict():
            found = Dictionary()
            for key, item in data.items():
                found.setdefault(_mend_surrogates(key) if mend else key, _to_value(item, depth + 1, mend))
            return found
        case _:
            return data if isinstance(data, (bool, float)) else None


def _mend_surrogates(text: str) -> str:
    """Half a surrogate pair can't be written to any file: it becomes the replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
