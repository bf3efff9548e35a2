"""Where declared secrets and variables come from when the command line gives no value: the places that they name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from sluice.app.secrets.keyring_store import KeyringStore
from sluice.delivery.secrets.declared import Declaration, Source
from sluice.plan.uses import Kind


class Values(Struct, frozen=True, kw_only=True):
    """Values by name, and for each name where it came from, in words."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[tuple[Kind, str], str] = field(default_factory=dict)


def completed(
    given: Values, declarations: Iterable[Declaration], root: Path, environment: Mapping[str, str] = os.environ
) -> Values:
    """What was given, and what the declared sources have of the rest.

    Raises ``UnavailableError`` when a keyring is to be asked and can't be.
    """
    given_names = {Kind.SECRET: given.secrets, Kind.VARIABLE: given.variables}
    known = {(kind, name.upper()) for kind, names in given_names.items() for name in names}
    found: dict[Kind, dict[str, str]] = {Kind.SECRET: {}, Kind.VARIABLE: {}}
    origins = dict(given.origins)
    keyring = KeyringStore(root)
    for one in declarations:
        if (one.kind, one.name.upper()) in known:
            continue
        for source in one.sources:
            value = environment.get(one.name) if source is Source.ENVIRONMENT else keyring.get(one.name)
            if value is not None:
                found[one.kind][one.name] = value
                origins[one.kind, one.name] = f"the {source}"
                break
    return Values(
        secrets={**found[Kind.SECRET], **given.secrets},
        variables={**found[Kind.VARIABLE], **given.variables},
        origins=origins,
    )
