"""Checked values out of a TOML table. In: the table and its keys' places. Out: values, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.gates.policy.places import Places
from sluice.source.diagnostics import Diagnostic


class Table:
    """One table; ``found`` is shared by all of a document and collects every error."""

    def __init__(
        self, values: object, path: tuple[str, ...], allowed: tuple[str, ...], places: Places, found: list[Diagnostic]
    ) -> None:
        self._places = places
        self._path = path
        self.found = found
        self.values: Mapping[str, object] = values if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            self.report((), f"'{path[-1]}' must be a table, [{'.'.join(path)}]")
        for key in self.values:
            if key not in allowed:
                self._report_unknown(key, allowed)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def inner(self, key: str, allowed: tuple[str, ...]) -> Table | None:
        """The table under ``key``, when there is one."""
        if key not in self.values:
            return None
        return Table(self.values[key], (*self._path, key), allowed, self._places, self.found)

    def text(self, key: str, default: str = "") -> str:
        """A string."""
        value = self.values.get(key, default)
        if isinstance(value, str):
            return value
        self._report_kind(key, "a string")
        return default

    def required(self, key: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text(key)
        if not value.strip() and isinstance(self.values.get(key, ""), str):
            self.report(() if key not in self.values else (key,), f"[{'.'.join(self._path)}] needs '{key}'")
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
        self.report((key,), f"{key} can't be '{value}'", allowed=allowed, hint=nearest(value, allowed))
        return default

    def number(self, key: str, default: float, unit: str) -> float:
        """A number of 0 or more."""
        value = self.values.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return float(value)
        self._report_kind(key, f"a number of {unit}, 0 or more")
        return default

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
            return {name: str(text) for name, text in value.items()}
        self._report_kind(key, "a table of strings")
        return {}

    def report(
        self, key: tuple[str, ...], message: str, allowed: tuple[str, ...] = (), hint: str | None = None
    ) -> None:
        """Something wrong with a key of this table, or with the table itself."""
        place = self._places.value if key else self._places.key
        span = place(*self._path, *key)
        self.found.append(Diagnostic(span=span, rule="settings", message=message, allowed=allowed, hint=hint))

    def _report_kind(self, key: str, kind: str) -> None:
        self.report((key,), f"'{key}' must be {kind}, not {self.values.get(key)!r}")

    def _report_unknown(self, key: str, allowed: tuple[str, ...]) -> None:
        span = self._places.key(*self._path, key)
        message = f"'{key}' is no key of [{'.'.join(self._path)}]"
        self.found.append(
            Diagnostic(span=span, rule="settings", message=message, allowed=allowed, hint=nearest(key, allowed))
        )


def nearest(word: str, allowed: tuple[str, ...]) -> str | None:
    """A question for the word that was meant, when one is near."""
    import difflib  # noqa: PLC0415 - only a mistake needs it

    near = difflib.get_close_matches(word, allowed, n=1)
    return f"did you mean '{near[0]}'?" if near else None
