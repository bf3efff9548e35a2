"""The system's keyring, by the library ``keyring``: values of one repository, each under its name.

Loaded only for a repository that looks for secrets there. Raises ``UnavailableError`` where there is no library or no
keyring that answers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sluice.source.errors import UnavailableError

_Value = TypeVar("_Value")


class KeyringStore:
    """The values that the keyring has for the repository at ``root``."""

    def __init__(self, root: Path) -> None:
        self._service = f"sluice {root}"

    def get(self, name: str) -> str | None:
        """The value, ``None`` when there is none."""
        value: str | None = _asked(lambda keyring: keyring.get_password(self._service, name))
        return value

    def set(self, name: str, value: str) -> None:
        """Keep a value in place of an earlier one."""
        _asked(lambda keyring: keyring.set_password(self._service, name, value))

    def remove(self, name: str) -> bool:
        """Forget a value; whether there was one."""
        if self.get(name) is None:
            return False
        _asked(lambda keyring: keyring.delete_password(self._service, name))
        return True


def _asked(question: Callable[[Any], _Value]) -> _Value:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError as error:
        raise UnavailableError(
            "secrets can't be looked for in the keyring: its library is missing",
            hint="pip install 'sluice-ci[keyring]', or give the value with --secret or --secret-file",
        ) from error
    try:
        return question(keyring)
    except importlib.import_module("keyring.errors").KeyringError as error:
        raise UnavailableError(
            f"the system's keyring does not answer: {str(error).splitlines()[0]}",
            hint="unlock or install one (Secret Service, KWallet, macOS Keychain), or use --secret or --secret-file",
        ) from error
