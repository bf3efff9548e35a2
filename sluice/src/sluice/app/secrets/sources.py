"""Where declared secrets and variables come from when the command line gives no value: the places that they name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from sluice.app.secrets.keyring_store import KeyringStore
from sluice.delivery.secrets.declared import Declaration, Source
from sluice.plan.uses import Kind
from sluice.source.errors import UnavailableError


class Values(Struct, frozen=True, kw_only=True):
    """Values by name, for each name where it came from, in words, and why a keyring could not be asked for others."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[tuple[Kind, str], str] = field(default_factory=dict)
    unanswered: Mapping[tuple[Kind, str], UnavailableError] = field(default_factory=dict)


def completed(
    given: Values, declarations: Iterable[Declaration], root: Path, environment: Mapping[str, str] = os.environ
) -> Values:
    """What was given, and what the declared sources have of the rest.

    Raises ``UnavailableError`` when only a keyring could know a value and it can't be asked.
    """
    found = look_up(given, declarations, root, environment)
    for error in found.unanswered.values():
        raise error
    return found


def look_up(
    given: Values, declarations: Iterable[Declaration], root: Path, environment: Mapping[str, str] = os.environ
) -> Values:
    """As ``completed``, but ``unanswered`` has the names that only a keyring which can't be asked may know."""
    given_names = {Kind.SECRET: given.secrets, Kind.VARIABLE: given.variables}
    known = {(kind, name.upper()) for kind, names in given_names.items() for name in names}
    found: dict[Kind, dict[str, str]] = {Kind.SECRET: {}, Kind.VARIABLE: {}}
    origins = dict(given.origins)
    unanswered: dict[tuple[Kind, str], UnavailableError] = {}
    places = _Places(environment, KeyringStore(root))
    for one in declarations:
        if (one.kind, one.name.upper()) in known:
            continue
        try:
            value, source = places.first(one)
        except UnavailableError as error:
            unanswered[one.kind, one.name] = error
            continue
        if value is not None:
            found[one.kind][one.name] = value
            origins[one.kind, one.name] = f"the {source}"
    return Values(
        secrets={**found[Kind.SECRET], **given.secrets},
        variables={**found[Kind.VARIABLE], **given.variables},
        origins=origins,
        unanswered=unanswered,
    )


class _Places(Struct, frozen=True):
    """Where declared values are looked for."""

    environment: Mapping[str, str]
    keyring: KeyringStore

    def first(self, wanted: Declaration) -> tuple[str | None, Source | None]:
        """The value of the first source that has one. Raises ``UnavailableError`` where none has, and one can't say."""
        unanswered: UnavailableError | None = None
        for source in wanted.sources:
            try:
                value = self._value(source, wanted.name)
            except UnavailableError as error:
                unanswered = error
            else:
                if value is not None:
                    return value, source
        if unanswered:
            raise unanswered
        return None, None

    def _value(self, source: Source, name: str) -> str | None:
        return self.environment.get(name) if source is Source.ENVIRONMENT else self.keyring.get(name)
