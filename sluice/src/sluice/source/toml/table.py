"""Checked values out of a TOML file. In: its text. Out: tables that hand out typed values, and everything wrong with
them: each error with its place, what is allowed and the nearest word to it.

Every reader of a file takes its own tables from one ``read_document``; ``Table.check`` ends the reading.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.source.errors import InvalidInputError
from sluice.source.positions import Span
from sluice.source.suggestions import did_you_mean
from sluice.source.toml.places import Path, Places

MOST = 100_000_000
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class _Document(Struct, frozen=True):
    """What all tables of a file share; ``rule`` is that of its diagnostics."""

    places: Places
    file: str
    rule: str
    found: list[Diagnostic] = field(default_factory=list)


def read_document(text: str, file: str, *, rule: str = "settings") -> Table:
    """The whole file as a table. Raises ``InvalidInputError`` with the place where it is no TOML."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError([_syntax(str(error), _place(str(error), text, file), rule)]) from error
    except RecursionError as error:
        raise InvalidInputError([_syntax("it is nested too deeply", Span.at(file), rule)]) from error
    return Table(values, (), None, _Document(Places(text, file), file, rule))


def _syntax(message: str, span: Span, rule: str) -> Diagnostic:
    return Diagnostic(span=span, rule=f"{rule}-syntax", message=f"{span.file} is no TOML: {message}")


def _place(message: str, text: str, file: str) -> Span:
    """Where the parser stopped, which it says in its message alone: at a line and column, or at the end."""
    place = re.search(r"line (\d+), column (\d+)", message)
    if place:
        return Span.at(file, int(place[1]), int(place[2]))
    rows = text.splitlines() or [""]
    return Span.at(file, len(rows), len(rows[-1]) + 1)


class Table:
    """One table, with the keys that are ``allowed`` (any for ``None``).

    What is no such value is reported, and its default stands for it: reading goes on to the next error.
    """

    def __init__(self, values: object, path: Path, allowed: Sequence[str] | None, document: _Document) -> None:
        self._path = path
        self._document = document
        self.values: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            self.report((), f"'{path[-1]}' must be a table, {self.title}")
        if allowed is not None:
            self.expect(allowed)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    @property
    def found(self) -> Sequence[Diagnostic]:
        """Everything wrong so far, in any table of the file."""
        return self._document.found

    @property
    def title(self) -> str:
        """The table as it is written: ``[gate."bench/**"]``; the file's name for the whole of it."""
        names = [name if _BARE.fullmatch(name) else f'"{name}"' for name in self._path if isinstance(name, str)]
        return f"[{'.'.join(names)}]" if names else self._document.file

    @property
    def span(self) -> Span:
        """Where it begins."""
        return self._document.places.key(*self._path)

    def check(self) -> None:
        """Raise ``InvalidInputError`` with everything that was found wrong."""
        if self.found:
            raise InvalidInputError(sort_diagnostics(list(self.found)))

    def expect(self, allowed: Sequence[str]) -> None:
        """Report every key that is not among these."""
        for key in self.values:
            if key not in allowed:
                span = self._document.places.key(*self._path, key)
                hint = did_you_mean(key, allowed)
                self._add(span, f"'{key}' is no key of {self.title}", allowed=allowed, hint=hint)

    def inner(self, key: str, allowed: Sequence[str] | None = None) -> Table | None:
        """The table under ``key``, when there is one."""
        return self.table(key, allowed) if key in self.values else None

    def table(self, key: str, allowed: Sequence[str] | None = None) -> Table:
        """The table under ``key``, an empty one where there is none."""
        return Table(self.values.get(key, {}), (*self._path, key), allowed, self._document)

    def tables(self, key: str, allowed: Sequence[str] | None = None) -> dict[str, Table]:
        """The tables in the table under ``key`` by name, such as every ``[environment.NAME]``."""
        around = self.table(key)
        found = {name: around.table(name, allowed) for name in around.values}
        return {name: table for name, table in found.items() if isinstance(around.values[name], Mapping)}

    def rows(self, key: str, allowed: Sequence[str] | None = None) -> list[Table]:
        """The tables of an array, such as every ``[[waive]]``."""
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(one, Mapping) for one in values):
            self._add(self._document.places.key(*self._path, key), f"'{key}' must be written [[{key}]]")
            return []
        return [Table(one, (*self._path, key, index), allowed, self._document) for index, one in enumerate(values)]

    def optional(self, key: str) -> str | None:
        """A string, ``None`` without one."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        self._report_kind(key, "a string")
        return None

    def text(self, key: str, default: str = "") -> str:
        """A string."""
        value = self.optional(key)
        return default if value is None else value

    def required(self, key: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text(key)
        if not value.strip() and isinstance(self.values.get(key, ""), str):
            self.report(() if key not in self.values else (key,), f"{self.title} needs '{key}'")
        return value

    def flag(self, key: str) -> bool:
        """``true`` or ``false``, which it is without."""
        value = self.values.get(key, False)
        if isinstance(value, bool):
            return value
        self._report_kind(key, "true or false")
        return False

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        """One of the words."""
        value = self.text(key, default)
        if value in allowed:
            return value
        self.report((key,), f"{key} can't be '{value}'", allowed=allowed, hint=did_you_mean(value, allowed))
        return default

    def number(self, key: str, default: float, unit: str) -> float:
        """A number of 0 or more; of ``MOST`` at most, which clocks and files can hold."""
        value = self.values.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST:
            return float(value)
        too_much = isinstance(value, int | float) and value > MOST
        self._report_kind(key, f"{MOST:,} {unit} at most" if too_much else f"a number of {unit}, 0 or more")
        return default

    def count(self, key: str) -> int | None:
        """A whole number above 0, ``None`` without one."""
        value = self.values.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        self._report_kind(key, "a whole number above 0")
        return None

    def words(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of strings."""
        value = self.values.get(key)
        if value is None:
            return default
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(value)
        self._report_kind(key, "a list of strings")
        return default

    def texts(self, key: str) -> dict[str, str]:
        """A table of strings."""
        value = self.values.get(key, {})
        if isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values()):
            return dict(value)
        self._report_kind(key, "a table of strings")
        return {}

    def report(
        self,
        key: tuple[str, ...],
        message: str,
        allowed: Sequence[str] = (),
        hint: str | None = None,
        *,
        offset: int = 0,
    ) -> None:
        """Something wrong with a key's value, ``offset`` characters into it, or with the table itself."""
        places = self._document.places
        span = places.value(*self._path, *key, offset=offset) if key else places.key(*self._path)
        self._add(span, message, allowed, hint)

    def _report_kind(self, key: str, kind: str) -> None:
        self.report((key,), f"'{key}' must be {kind}, not {self.values.get(key)!r}")

    def _add(self, span: Span, message: str, allowed: Sequence[str] = (), hint: str | None = None) -> None:
        rule = self._document.rule
        self._document.found.append(
            Diagnostic(span=span, rule=rule, message=message, allowed=tuple(allowed), hint=hint)
        )
