"""What a deployment needs of a target. Steps are idempotent: the next command repeats them after a kill."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from sluice.delivery.deployment.events import Release
from sluice.source.errors import SluiceError


class TargetError(SluiceError):
    """A step of a deployment failed: the deployment goes back, and the command ends with 1."""

    exit_code = 1


class Bundle(Struct, frozen=True, kw_only=True):
    """A release on its way: the deployment's ``number``, and what the environment gives it.

    ``variables`` hold the secrets, too: those of the names in ``secrets``, whose values are in ``secret_values`` once
    more for masking. ``root`` is the repository that the commit is in.
    """

    number: int
    environment: str
    release: Release
    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    secret_values: tuple[str, ...] = ()


class Part(Struct, frozen=True, kw_only=True):
    """One thing that runs: a process, a service, a workload. ``well`` is whether the target believes it works."""

    name: str
    state: str
    well: bool
    detail: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """What the target has: the number of the deployment that is live there, and its parts."""

    live: int | None = None
    parts: tuple[Part, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)


class Ended(Struct, frozen=True, kw_only=True):
    """How often a version's program has ended by itself since it was started, and how it did, with its last lines."""

    count: int = 0
    how: str = ""


class Target(Protocol):
    """One kind of place. Every method but ``standing`` raises ``TargetError`` or ``UnavailableError``."""

    beside: bool
    """Whether the new version can run beside the old one before the switch."""

    def prepare(self, bundle: Bundle) -> str:
        """Build or fetch; says what was done."""
        ...

    def start(self, bundle: Bundle) -> str:
        """Start the new version beside the old one, or have its description checked."""
        ...

    def checking(self, bundle: Bundle) -> Mapping[str, str]:
        """The variables with which health and verification find this version: ``PORT_NAME`` and the like."""
        ...

    def ended(self, bundle: Bundle) -> Ended:
        """How often its program has ended by itself; never, where the place itself waits until it is well."""
        ...

    def switch(self, bundle: Bundle) -> str:
        """Make it the live one, for whoever comes from now on."""
        ...

    def retire(self, bundle: Bundle) -> str:
        """End everything but this version."""
        ...

    def restore(self, bundle: Bundle | None) -> str:
        """Make this version live and alone, whatever there is now; without one nothing is left."""
        ...

    def standing(self) -> Standing:
        """What is there now. Starts nothing; raises ``TargetError`` where nobody can tell."""
        ...

    def kept_variables(self) -> Mapping[str, str]:
        """What the live version was given, secrets too, as far as it is kept: who goes back need not give it again."""
        ...

    def kept_secrets(self, names: Collection[str]) -> tuple[str, ...]:
        """Values to mask: of these names and of what else was a secret, for what runs and the last that did, as far as
        they are kept.
        """
        ...

    def log_files(self) -> tuple[Path, ...]:
        """Files with what each version printed, named by its deployment's number, the newest last."""
        ...
