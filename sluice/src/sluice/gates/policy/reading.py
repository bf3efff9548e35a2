"""Read the policy out of ``sluice.toml``. In: its text and where that came from. Out: a policy, or every error in it.

Tables of other rooms are left to them. Nothing is guessed: a key, unit or word that isn't known is an error that names
what is allowed and the nearest word to it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from sluice.gates.policy.conditions import ConditionError, parse_condition
from sluice.gates.policy.model import Answer, BaselineKind, Defaults, Gate, Limit, Policy, PolicyOrigin, Waiver
from sluice.gates.policy.names import NamePattern
from sluice.source.suggestions import did_you_mean
from sluice.source.toml.table import Table, read_document

_DEFAULT_KEYS = ("baseline", "missing", "new", "undecided")
_GATES_KEYS = (*_DEFAULT_KEYS, "false-alarms")
_GATE_KEYS = ("fail", "warn", *_DEFAULT_KEYS)
_WAIVER_KEYS = ("gate", "until", "reason")
_TABLES = ("gates", "gate", "waive")
_NEAR = 0.75
_NOTHING = PolicyOrigin()


def read_policy(text: str, origin: PolicyOrigin = _NOTHING) -> Policy:
    """The policy in ``text``; raises ``InvalidInputError`` with a diagnostic for every error."""
    document = read_document(text, origin.file, rule="policy")
    _check_spelling(document)
    table = document.table("gates")
    _check_gates(table)
    defaults = _defaults(table, Defaults())
    policy = Policy(
        gates=tuple(_gate(name, one, defaults) for name, one in document.tables("gate", _GATE_KEYS).items()),
        waivers=tuple(waiver for one in document.rows("waive", _WAIVER_KEYS) for waiver in _waivers(one)),
        defaults=defaults,
        false_alarms=_share(table, "false-alarms"),
        origin=origin,
    )
    document.check()
    return policy


def _check_spelling(document: Table) -> None:
    """A table of no room whose name is almost one of these: its gates would be lost in silence."""
    for name in document.values:
        near = None if name in _TABLES else did_you_mean(name, _TABLES, cutoff=_NEAR)
        if near:
            document.table(name).report((), f"'{name}' is no table that Sluice knows", allowed=_TABLES, hint=near)


def _check_gates(table: Table) -> None:
    """The table for all gates; a gate that was written there by one letter too many is told where it belongs."""
    tables = (name for name, value in table.values.items() if isinstance(value, Mapping))
    misplaced = [name for name in tables if name not in _GATES_KEYS]
    for name in misplaced:
        table.report((name,), f"[gates] is for all gates: '{name}' is none of its keys", hint=f'write [gate."{name}"]')
    table.expect((*_GATES_KEYS, *misplaced))


def _gate(name: str, table: Table, defaults: Defaults) -> Gate:
    if not name:
        table.report((), 'a gate needs a pattern, such as [gate."bench/**"]')
    if not {"fail", "warn"} & set(table.values):
        table.report((), f"gate '{name}' neither fails nor warns", allowed=("fail", "warn"))
    return Gate(
        pattern=NamePattern(name),
        span=table.span,
        fail=_limit(table, "fail"),
        warn=_limit(table, "warn"),
        settings=_defaults(table, defaults),
    )


def _limit(table: Table, key: str) -> Limit | None:
    text = table.optional(key)
    if text is None:
        return None
    try:
        return parse_condition(text)
    except ConditionError as error:
        table.report((key,), f"{key}: {error.message}", error.allowed, error.hint, offset=error.offset)
        return None


def _defaults(table: Table, above: Defaults) -> Defaults:
    return replace(
        above,
        baseline=_baselines(table, "baseline") or above.baseline,
        missing=Answer(table.choice("missing", tuple(Answer), above.missing)),
        new=Answer(table.choice("new", tuple(Answer), above.new)),
        undecided=Answer(table.choice("undecided", tuple(Answer), above.undecided)),
    )


def _baselines(table: Table, key: str) -> tuple[BaselineKind, ...]:
    words, allowed = table.words(key), tuple(BaselineKind)
    if table.values.get(key) == []:
        table.report((key,), f"{key} names none", allowed)
    for word in words:
        if word not in allowed:
            table.report((key,), f"{key}: there is no '{word}'", allowed, did_you_mean(word, allowed))
    return tuple(BaselineKind(word) for word in words if word in allowed)


def _share(table: Table, key: str) -> float | None:
    text = table.optional(key)
    if text is None:
        return None
    share = re.fullmatch(r"(\d{1,2}(?:\.\d{1,9})?)\s?%", text.strip())
    if share is None or float(share[1]) == 0:
        table.report((key,), f'{key} must be a share above 0 %, such as "1%"')
        return None
    return float(share[1]) / 100


def _waivers(table: Table) -> Iterator[Waiver]:
    """One for each name that the table's ``gate`` lists."""
    absent = [key for key in _WAIVER_KEYS if key not in table]
    if absent:
        table.report((), f"a waiver needs {' and '.join(map(repr, absent))}", allowed=_WAIVER_KEYS)
    names, reason, until = _names(table, "gate"), table.text("reason").strip(), _day(table, "until")
    if "reason" in table and not reason:
        table.report(("reason",), "a waiver's reason can't be empty")
    if reason and until is not None:
        for name in names:
            yield Waiver(pattern=NamePattern(name), until=until, reason=reason, span=table.span)


def _names(table: Table, key: str) -> Sequence[str]:
    """A name, or a list of names."""
    value = table.values.get(key, ())
    names = [value] if isinstance(value, str) else value
    if key not in table or (names and isinstance(names, list) and all(_is_name(one) for one in names)):
        return names
    table.report((key,), f"{key} must be a name or a list of names, not {value!r}")
    return ()


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _day(table: Table, key: str) -> dt.date | None:
    day = table.values.get(key)
    if day is None or (isinstance(day, dt.date) and not isinstance(day, dt.datetime)):
        return day
    table.report((key,), f"{key} must be a day", hint=f"write {key} = 2027-01-31, without quotes")
    return None
