"""The values of an expression.

Null is ``None``, Boolean is ``bool``, Number is ``float`` (an ``int`` that comes in is read as one), String is
``str``, Array is a ``list`` and Object is a ``Dictionary``, whose keys ignore case and keep their first spelling.
Arrays and objects are equal only by reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | list[Value] | Dictionary | None"


class Dictionary(MutableMapping[str, "Value"]):
    """An ordered mapping whose keys are compared without regard to case."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Value] | None = None) -> None:
        self._entries: dict[str, tuple[str, Value]] = {}
        for key, value in (entries or {}).items():
            self[key] = value

    def __getitem__(self, key: str) -> Value:
        return self._entries[key.upper()][1]

    def __setitem__(self, key: str, value: Value) -> None:
        upper = key.upper()
        kept = self._entries.get(upper)
        self._entries[upper] = (kept[0] if kept else key, value)

    def __delitem__(self, key: str) -> None:
        del self._entries[key.upper()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.upper() in self._entries

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Dictionary({dict(self.items())!r})"

    # Equal by reference, as GitHub compares objects.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def from_python(data: object) -> Value:
    """Plain data (what a JSON or TOML reader gives) as a value; unknown types become their string form."""
    match data:
        case None | bool() | int() | float() | str() | Dictionary():
            return data
        case Mapping():
            return Dictionary({str(key): from_python(item) for key, item in data.items()})
        case list() | tuple():
            return [from_python(item) for item in data]
        case _:
            return str(data)


def to_python(value: Value) -> object:
    """The value as plain data: dictionaries and lists that a JSON writer takes; a whole number becomes an ``int``."""
    match value:
        case Dictionary():
            return {key: to_python(item) for key, item in value.items()}
        case list():
            return [to_python(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
