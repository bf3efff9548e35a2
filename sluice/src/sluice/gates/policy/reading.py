"""Read the policy out of ``sluice.toml``. In: its text and where that came from. Out: a policy, or every error in it.

Tables of other rooms are left to them. Nothing is guessed: a key, unit or word that isn't known is an error that names
what is allowed and the nearest word to it.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from sluice.gates.policy.conditions import ConditionError, parse_condition
from sluice.gates.policy.model import (
    Answer,
    BaselineKind,
    Defaults,
    Gate,
    Limit,
    Policy,
    PolicyOrigin,
    Waiver,
)
from sluice.gates.policy.names import NamePattern
from sluice.gates.policy.places import Places
from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.source.errors import InvalidInputError
from sluice.source.positions import Span

_DEFAULT_KEYS = ("baseline", "missing", "new", "undecided")
_GATES_KEYS = (*_DEFAULT_KEYS, "false-alarms")
_GATE_KEYS = ("fail", "warn", *_DEFAULT_KEYS)
_WAIVER_KEYS = ("gate", "until", "reason")
_TABLES = ("gates", "gate", "waive")
_NEAR = 0.75
_NOTHING = PolicyOrigin()


def read_policy(text: str, origin: PolicyOrigin = _NOTHING) -> Policy:
    """The policy in ``text``; raises ``InvalidInputError`` with a diagnostic for every error."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError([_syntax(str(error), origin.file)]) from error
    except RecursionError as error:
        raise InvalidInputError([_syntax("it is nested too deeply", origin.file)]) from error
    reader = _Reader(Places(text, origin.file))
    policy = reader.policy(document, origin)
    if reader.found:
        raise InvalidInputError(sort_diagnostics(reader.found))
    return policy


def _syntax(message: str, file: str) -> Diagnostic:
    place = re.search(r"line (\d+), column (\d+)", message)
    span = Span.at(file, int(place[1]), int(place[2])) if place else Span.at(file)
    return Diagnostic(span=span, rule="policy-syntax", message=f"{file} is no TOML: {message}")


class _Reader:
    """Takes checked values out of tables and collects what is wrong."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.found: list[Diagnostic] = []

    def policy(self, document: Mapping[str, object], origin: PolicyOrigin) -> Policy:
        self._misspelt(document)
        table = self._table(document.get("gates", {}), ("gates",), _GATES_KEYS)
        defaults = self._defaults(table, ("gates",), Defaults())
        gates = self._tables(document.get("gate", {}))
        return Policy(
            gates=tuple(gate for name, rows in gates.items() if (gate := self._gate(name, rows, defaults))),
            waivers=self._waivers(document.get("waive", [])),
            defaults=defaults,
            false_alarms=self._share(table, ("gates", "false-alarms")),
            origin=origin,
        )

    def _misspelt(self, document: Mapping[str, object]) -> None:
        """A table of no room whose name is almost one of these: its gates would be lost in silence."""
        for name in document:
            near = None if name in _TABLES else _nearest(name, _TABLES, cutoff=_NEAR)
            if near:
                message = f"'{name}' is no table that Sluice knows"
                self._report(self._places.key(name), message, allowed=_TABLES, hint=near)

    def _tables(self, value: object) -> Mapping[str, object]:
        if isinstance(value, Mapping):
            return value
        self._report(self._places.key("gate"), "'gate' must hold tables, such as [gate.\"bench/**\"]")
        return {}

    def _gate(self, name: str, value: object, defaults: Defaults) -> Gate | None:
        path = ("gate", name)
        span = self._places.key(*path)
        table = self._table(value, path, _GATE_KEYS)
        if not name:
            self._report(span, 'a gate needs a pattern, such as [gate."bench/**"]')
            return None
        if isinstance(value, Mapping) and not {"fail", "warn"} & set(table):
            self._report(span, f"gate '{name}' neither fails nor warns", allowed=("fail", "warn"))
        return Gate(
            pattern=NamePattern(name),
            span=span,
            fail=self._limit(table, (*path, "fail")),
            warn=self._limit(table, (*path, "warn")),
            settings=self._defaults(table, path, defaults),
        )

    def _limit(self, table: Mapping[str, object], path: tuple[str, ...]) -> Limit | None:
        text = self._text(table, path)
        if text is None:
            return None
        try:
            return parse_condition(text)
        except ConditionError as error:
            place = self._places.value(*path, offset=error.offset)
            self._report(place, f"{path[-1]}: {error.message}", allowed=error.allowed, hint=error.hint)
            return None

    def _defaults(self, table: Mapping[str, object], path: tuple[str, ...], above: Defaults) -> Defaults:
        return replace(
            above,
            baseline=self._baselines(table, (*path, "baseline")) or above.baseline,
            missing=self._answer(table, (*path, "missing")) or above.missing,
            new=self._answer(table, (*path, "new")) or above.new,
            undecided=self._answer(table, (*path, "undecided")) or above.undecided,
        )

    def _answer(self, table: Mapping[str, object], path: tuple[str, ...]) -> Answer | None:
        word = self._text(table, path)
        if word is None or word in tuple(Answer):
            return None if word is None else Answer(word)
        self._report(self._places.value(*path), f"{path[-1]} can't be '{word}'", allowed=tuple(Answer))
        return None

    def _baselines(self, table: Mapping[str, object], path: tuple[str, ...]) -> tuple[BaselineKind, ...]:
        words = table.get(path[-1], [])
        if isinstance(words, list) and all(word in tuple(BaselineKind) for word in words):
            return tuple(map(BaselineKind, words))
        message = f"baseline must be a list of these words, not {words!r}"
        self._report(self._places.value(*path), message, allowed=tuple(BaselineKind))
        return ()

    def _share(self, table: Mapping[str, object], path: tuple[str, ...]) -> float | None:
        text = self._text(table, path)
        if text is None:
            return None
        share = re.fullmatch(r"(\d{1,2}(?:\.\d{1,9})?)\s?%", text.strip())
        if share is None or float(share[1]) == 0:
            self._report(self._places.value(*path), f'{path[-1]} must be a share above 0 %, such as "1%"')
            return None
        return float(share[1]) / 100

    def _waivers(self, value: object) -> tuple[Waiver, ...]:
        if not isinstance(value, list):
            self._report(self._places.key("waive"), "'waive' must be written [[waive]]")
            return ()
        return tuple(waiver for index, table in enumerate(value) for waiver in self._waived(table, index))

    def _waived(self, value: object, index: int) -> Iterator[Waiver]:
        """One for each name that the table's ``gate`` lists."""
        path: tuple[str | int, ...] = ("waive", index)
        table = self._table(value, path, _WAIVER_KEYS)
        span = self._places.key(*path)
        absent = [key for key in _WAIVER_KEYS if key not in table]
        if absent:
            self._report(span, f"a waiver needs {' and '.join(map(repr, absent))}", allowed=_WAIVER_KEYS)
        names, reason = self._names(table, (*path, "gate")), self._text(table, (*path, "reason"))
        until = self._day(table, (*path, "until"))
        self._refuse_blank(table, path)
        if reason and until is not None:
            for name in names:
                yield Waiver(pattern=NamePattern(name), until=until, reason=reason.strip(), span=span)

    def _names(self, table: Mapping[str, object], path: tuple[str | int, ...]) -> Sequence[str]:
        value = table.get(str(path[-1]))
        if not isinstance(value, list):
            return [text] if (text := self._text(table, path)) else ()
        if all(isinstance(one, str) and one.strip() for one in value) and value:
            return value
        self._report(self._places.value(*path), f"{path[-1]} must be a name or a list of names, not {value!r}")
        return ()

    def _refuse_blank(self, table: Mapping[str, object], path: tuple[str | int, ...]) -> None:
        for key in ("gate", "reason"):
            if isinstance(text := table.get(key), str) and not text.strip():
                self._report(self._places.value(*path, key), f"a waiver's {key} can't be empty")

    def _day(self, table: Mapping[str, object], path: tuple[str | int, ...]) -> dt.date | None:
        day = table.get(str(path[-1]))
        if day is None or (isinstance(day, dt.date) and not isinstance(day, dt.datetime)):
            return day
        self._report(self._places.value(*path), "until must be a day", hint="write until = 2027-01-31, without quotes")
        return None

    def _text(self, table: Mapping[str, object], path: tuple[str | int, ...]) -> str | None:
        text = table.get(str(path[-1]))
        if text is None or isinstance(text, str):
            return text
        self._report(self._places.value(*path), f"{path[-1]} must be a text in quotes, not {text!r}")
        return None

    def _table(self, value: object, path: tuple[str | int, ...], allowed: tuple[str, ...]) -> Mapping[str, object]:
        if not isinstance(value, Mapping):
            self._report(self._places.key(*path), f"'{path[0]}' must be a table")
            return {}
        for key in value:
            if key not in allowed:
                message = f"'{key}' is no key of [{path[0]}]"
                self._report(self._places.key(*path, key), message, allowed=allowed, hint=_nearest(key, allowed))
        return value

    def _report(self, span: Span, message: str, *, allowed: tuple[str, ...] = (), hint: str | None = None) -> None:
        self.found.append(Diagnostic(span=span, rule="policy", message=message, allowed=allowed, hint=hint))


def _nearest(word: str, allowed: tuple[str, ...], cutoff: float = 0.6) -> str | None:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    near = difflib.get_close_matches(word, allowed, n=1, cutoff=cutoff)
    return f"did you mean '{near[0]}'?" if near else None
