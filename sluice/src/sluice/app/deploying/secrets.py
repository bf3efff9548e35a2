"""The secrets of an environment: exactly those that it declares. In: what is given. Out: values, what is missing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.app.secrets.sources import Values, completed
from sluice.app.settings import load_settings
from sluice.delivery.deployment.policy import EnvironmentPolicy
from sluice.delivery.secrets.declared import Declaration
from sluice.source.errors import InvalidInputError, UsageError

NONE_KEPT: Mapping[str, str] = MappingProxyType({})


def given_secrets(policy: EnvironmentPolicy, given: Mapping[str, str]) -> dict[str, str]:
    """Values of the declared names that are here. Raises ``UsageError`` for one that was given and is not declared."""
    _refuse_strange(policy, given)
    return secrets_at_hand(policy) | dict(given)


def secrets_at_hand(policy: EnvironmentPolicy) -> dict[str, str]:
    """Values of the declared names that can be had without asking; the target keeps those of what runs."""
    return {name: os.environ[name] for name in policy.secrets if name in os.environ}


def find_secrets(
    root: Path, policy: EnvironmentPolicy, given: Mapping[str, str], kept: Mapping[str, str] = NONE_KEPT
) -> dict[str, str]:
    """Values of all declared names: as given, from their declared source, from the environment, else what was kept.
    Raises ``UsageError`` for one that is missing, and for one that was given and is not declared.
    """
    _refuse_strange(policy, given)
    values = {**kept, **os.environ, **completed(Values(secrets=given), _declared(root, policy), root).secrets}
    missing = [name for name in policy.secrets if name not in values]
    if missing:
        raise UsageError(
            f"environment '{policy.name}' needs the secret {', '.join(missing)}",
            hint=f"--secret {missing[0]}=..., --secret-file, or a variable of this name",
        )
    return {name: values[name] for name in policy.secrets}


def _declared(root: Path, policy: EnvironmentPolicy) -> list[Declaration]:
    """Where they come from; nowhere while the settings are wrong: what goes back then has those kept."""
    try:
        return [one for one in load_settings(root).declarations if one.name in policy.secrets]
    except InvalidInputError:
        return []


def _refuse_strange(policy: EnvironmentPolicy, given: Mapping[str, str]) -> None:
    strange = sorted(set(given) - set(policy.secrets))
    if strange:
        declared = ", ".join(policy.secrets) or "none"
        raise UsageError(
            f"environment '{policy.name}' does not declare the secret {', '.join(strange)}",
            hint=f"declared are: {declared}; add it to 'secrets' of [environment.{policy.name}]",
        )
