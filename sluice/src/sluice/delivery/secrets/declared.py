"""``[secret.NAME]`` and ``[variable.NAME]`` of ``sluice.toml``. In: the document. Out: declarations, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from sluice.delivery.deployment.tables import Table
from sluice.gates.policy.places import Places
from sluice.plan.uses import Kind
from sluice.source.diagnostics import Diagnostic

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Required(StrEnum):
    """When a job that uses the name can't do without it."""

    ALWAYS = "always"
    TO_PUBLISH = "to-publish"
    NEVER = "never"


class Source(StrEnum):
    """Where a value is looked for, by the name, when the command line gives none."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"


_SOURCES = {Kind.SECRET: tuple(Source), Kind.VARIABLE: (Source.ENVIRONMENT,)}
_KEYS = {
    "description": "what it is, shown by `sluice secrets`",
    "required": '`"always"`, also in a rehearsal; `"to-publish"`: with `--publish` only; `"never"`: it may be missing',
}
KEYS: Mapping[str, Mapping[str, str]] = {
    "secret.NAME": {
        **_KEYS,
        "from": 'where it is looked for by its name when the command line gives none: `"environment"`, `"keyring"`',
    },
    "variable.NAME": {**_KEYS, "from": 'the same; `"environment"` only'},
}
"""What may stand in each table, and what it means."""


class Declaration(Struct, frozen=True, kw_only=True):
    """One name; ``sources`` in the order in which they are asked."""

    kind: Kind
    name: str
    description: str = ""
    required: Required = Required.ALWAYS
    sources: tuple[Source, ...] = ()


def read_declarations(
    document: Mapping[str, object], text: str, file: str
) -> tuple[tuple[Declaration, ...], list[Diagnostic]]:
    """Every declaration, and a diagnostic for each error with its line, key and what is allowed."""
    found: list[Diagnostic] = []
    places = Places(text, file)
    declared = [one for kind in Kind for one in _of_kind(kind, document.get(kind), places, found)]
    return tuple(declared), found


def _of_kind(kind: Kind, values: object, places: Places, found: list[Diagnostic]) -> list[Declaration]:
    if values is None:
        return []
    names = tuple(values) if isinstance(values, Mapping) else ()
    tables = Table(values, (kind,), names, places, found)
    return [_declaration(kind, name, tables) for name in names]


def _declaration(kind: Kind, name: str, tables: Table) -> Declaration:
    table = tables.inner(name, tuple(KEYS[f"{kind}.NAME"]))
    assert table is not None  # noqa: S101 - the name is one of the document's
    if not _NAME.fullmatch(name):
        table.report((), f"'{name}' is no name for a {kind}", hint="letters, digits and underscores")
    return Declaration(
        kind=kind,
        name=name,
        description=table.text("description"),
        required=Required(table.choice("required", tuple(Required), Required.ALWAYS)),
        sources=_sources(kind, table),
    )


def _sources(kind: Kind, table: Table) -> tuple[Source, ...]:
    allowed = _SOURCES[kind]
    words = table.words("from")
    for word in words:
        if word not in allowed:
            table.report(("from",), f"from: a {kind} can't come from '{word}'", allowed=allowed)
    return tuple(Source(word) for word in words if word in allowed)
