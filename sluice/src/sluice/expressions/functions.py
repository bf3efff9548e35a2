"""The well-known functions. In: arguments that are evaluated when asked for. Out: a value.

Which arguments get evaluated is part of each function's contract: ``case`` only asks for what it needs, ``format`` only
for what its text names (semantics 7 and 8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from sluice.expressions.casing import fold_case
from sluice.expressions.conversion import is_primitive, kind_of, loosely_equal, to_text
from sluice.expressions.errors import ExpressionError
from sluice.expressions.json_text import from_json, to_json
from sluice.expressions.memory import Memory
from sluice.expressions.values import Value


class Arguments(Protocol):
    """The arguments of a call; each is evaluated the first time it is asked for. ``memory`` counts what is built."""

    @property
    def memory(self) -> Memory:
        """What this evaluation holds."""

    def __getitem__(self, index: int, /) -> Value: ...

    def __len__(self) -> int: ...


WellKnownFunction: TypeAlias = Callable[[Arguments], Value]

_MAX_FORMAT_INDEX = 255
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9]+)(?::((?:[^}]|\}\})*))?\}|[{}]")


def contains(arguments: Arguments) -> Value:
    """Whether a text holds another, or an array an item that equals the second argument."""
    place = arguments[0]
    if is_primitive(place):
        item = arguments[1]
        return is_primitive(item) and fold_case(to_text(item)) in fold_case(to_text(place))
    if isinstance(place, list):
        return any(loosely_equal(arguments[1], item) for item in place)
    return False


def starts_with(arguments: Arguments) -> Value:
    """Whether a text starts with another."""
    place, part = arguments[0], arguments[1]
    if not (is_primitive(place) and is_primitive(part)):
        return False
    return fold_case(to_text(place)).startswith(fold_case(to_text(part)))


def ends_with(arguments: Arguments) -> Value:
    """Whether a text ends with another."""
    place, part = arguments[0], arguments[1]
    if not (is_primitive(place) and is_primitive(part)):
        return False
    return fold_case(to_text(place)).endswith(fold_case(to_text(part)))


def join(arguments: Arguments) -> Value:
    """The items of an array as one text, a comma between them unless a separator is given."""
    items = arguments[0]
    if not isinstance(items, list):
        return to_text(items) if is_primitive(items) else ""
    separator = _separator(arguments) if len(items) > 1 else ""
    texts: list[str] = []
    for item in items:
        text = to_text(item)
        arguments.memory.add_text(text)
        arguments.memory.add_text(separator)
        texts.append(text)
    return separator.join(texts)


def _separator(arguments: Arguments) -> str:
    given = arguments[1] if len(arguments) > 1 else ","
    return to_text(given) if is_primitive(given) else ","


def format_text(arguments: Arguments) -> Value:
    """The text with ``{N}`` replaced by argument N; ``{{`` and ``}}`` are braces."""
    template = to_text(arguments[0])
    pieces: list[str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        pieces.append(template[end : match.start()])
        pieces.append(_fill(match, arguments, template))
        arguments.memory.add_text(pieces[-1])
        end = match.end()
    pieces.append(template[end:])
    return "".join(pieces)


def _fill(match: re.Match[str], arguments: Arguments, template: str) -> str:
    if match[0] in ("{{", "}}"):
        return match[0][0]
    if match[1] is None or int(match[1]) > _MAX_FORMAT_INDEX:
        raise ExpressionError("evaluation", f"The following format string is invalid: {template}")
    index = int(match[1]) + 1
    if index >= len(arguments):
        message = f"The following format string references more arguments than were supplied: {template}"
        raise ExpressionError("evaluation", message)
    if match[2]:
        kind = kind_of(arguments[index])
        message = f"The format specifiers '{match[2]}' are not valid for objects of type '{kind}'"
        raise ExpressionError("evaluation", message)
    return to_text(arguments[index])


def write_json(arguments: Arguments) -> Value:
    """The value as JSON."""
    return to_json(arguments[0], meter=arguments.memory.add_text)


def read_json(arguments: Arguments) -> Value:
    """The value that a JSON text stands for."""
    return from_json(to_text(arguments[0]))


def choose_case(arguments: Arguments) -> Value:
    """The value after the first predicate that is true, or else the last argument."""
    for index in range(0, len(arguments) - 1, 2):
        predicate = arguments[index]
        if not isinstance(predicate, bool):
            raise ExpressionError("evaluation", "case predicate must evaluate to a boolean value")
        if predicate:
            return arguments[index + 1]
    return arguments[len(arguments) - 1]


WELL_KNOWN_FUNCTIONS: Mapping[str, WellKnownFunction] = {
    "case": choose_case,
    "contains": contains,
    "endswith": ends_with,
    "format": format_text,
    "fromjson": read_json,
    "join": join,
    "startswith": starts_with,
    "tojson": write_json,
}
"""By lower-case name."""
