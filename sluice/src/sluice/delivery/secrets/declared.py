"""``[secret.NAME]`` and ``[variable.NAME]`` of ``sluice.toml``. In: the document. Out: declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from sluice.plan.uses import Kind
from sluice.source.toml.table import Table

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


def read_declarations(document: Table) -> tuple[Declaration, ...]:
    """Every declaration of the file; what is wrong is reported to the document."""
    return tuple(
        _declaration(kind, name, table)
        for kind in Kind
        for name, table in document.tables(kind, tuple(KEYS[f"{kind}.NAME"])).items()
    )


def _declaration(kind: Kind, name: str, table: Table) -> Declaration:
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
