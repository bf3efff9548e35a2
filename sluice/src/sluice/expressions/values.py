"""The values of an expression.

Null is ``None``, Boolean is ``bool``, Number is ``float`` (an ``int`` that comes in is read as one), String is
``str``, Array is a ``list`` and Object is a ``Dictionary``, whose keys ignore case and keep their first spelling.
Arrays and objects are equal only by reference.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, MutableMapping
from typing import TypeAlias, TypeVar, overload

from sluice.expressions.casing import fold_case

Value: TypeAlias = "bool | int | float | str | list[Value] | Dictionary | None"

T = TypeVar("T")

_EXACT_INTEGERS = 2.0**53


class Dictionary(MutableMapping[str, "Value"]):
    """An ordered mapping whose keys are compared without regard to case."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Value] | None = None) -> None:
        self._entries: dict[str, tuple[str, Value]] = {}
        if isinstance(entries, Dictionary) and type(entries) is type(self):  # its keys are folded already
            self._entries |= entries._entries  # noqa: SLF001 (of this class)
            return
        for key, value in (entries or {}).items():
            self[key] = value

    _fold = staticmethod(fold_case)

    def __getitem__(self, key: str) -> Value:
        return self._entries[self._fold(key)][1]

    def __setitem__(self, key: str, value: Value) -> None:
        folded = self._fold(key)
        kept = self._entries.get(folded)
        self._entries[folded] = (kept[0] if kept else key, value)

    def __delitem__(self, key: str) -> None:
        del self._entries[self._fold(key)]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._fold(key) in self._entries

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> ItemsView[str, Value]:
        """As they are now: a copy is much quicker than a view that folds each key again."""
        return dict(self._entries.values()).items()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.items())!r})"

    @overload
    def get(self, key: str, default: None = None, /) -> Value: ...
    @overload
    def get(self, key: str, default: T, /) -> Value | T: ...
    def get(self, key: str, default: object = None, /) -> object:
        """The value under a key, or the default; its own method because evaluation spends its time here."""
        entry = self._entries.get(self._fold(key))
        return default if entry is None else entry[1]

    # Equal by reference, as GitHub compares objects.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class CaseSensitiveDictionary(Dictionary):
    """An object whose keys are compared exactly: the ``env`` context everywhere but on Windows."""

    __slots__ = ()

    @staticmethod
    def _fold(key: str) -> str:
        return key


def extended(context: Value, entries: Mapping[str, Value]) -> Dictionary:
    """A copy of an object, an empty one where there is none, with these entries put in."""
    made = Dictionary(context if isinstance(context, Dictionary) else None)
    made.update(entries)
    return made


class FilteredArray(list["Value"]):
    """What ``.*`` makes: an array whose further indexes apply to each of its items."""

    __slots__ = ()


def from_python(data: object) -> Value:
    """Plain data (what a JSON or TOML reader gives) as a value; unknown types become their string form.

    The first of several keys that differ only in case wins, as in GitHub's reader.
    """
    match data:
        case None | bool() | int() | float() | str() | Dictionary():
            return data
        case Mapping():
            found = Dictionary()
            for key, item in data.items():
                found.setdefault(str(key), from_python(item))
            return found
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
        case float() if value.is_integer() and abs(value) < _EXACT_INTEGERS:
            return int(value)
        case _:
            return value
