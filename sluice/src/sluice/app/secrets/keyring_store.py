"""The system's keyring, by the library ``keyring``: values of one repository, each under its name.

Loaded only for a repository that looks for secrets there. Raises ``UnavailableError`` where there is no library or no
keyring that answers.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sluice.source.errors import UnavailableError

ANSWER_SECONDS = 60.0
"""How long a keyring may take: somebody may have to unlock it first."""

_Value = TypeVar("_Value")
_HINT = "unlock or install one (Secret Service, KWallet, macOS Keychain), or use --secret or --secret-file"


class KeyringStore:
    """The values that the keyring has for the repository at ``root``; names ignore case, as those of secrets do."""

    def __init__(self, root: Path) -> None:
        self._service = f"sluice {root}"
        self._late: UnavailableError | None = None

    def get(self, name: str) -> str | None:
        """The value, ``None`` when there is none."""
        value: str | None = self._asked(lambda keyring: keyring.get_password(self._service, name.upper()))
        return value

    def set(self, name: str, value: str) -> None:
        """Keep a value in place of an earlier one."""
        self._asked(lambda keyring: keyring.set_password(self._service, name.upper(), value))
        if self.get(name) != value:
            which = self._asked(lambda keyring: type(keyring.get_keyring()).__name__)
            raise UnavailableError(
                f"the system's keyring, '{which}', took the value and does not give it back", hint=_HINT
            )

    def remove(self, name: str) -> bool:
        """Forget a value; whether there was one."""
        if self.get(name) is None:
            return False
        self._asked(lambda keyring: keyring.delete_password(self._service, name.upper()))
        return True

    def _asked(self, question: Callable[[Any], _Value]) -> _Value:
        """One that hung once is not asked again."""
        if self._late is not None:
            raise self._late
        answer = _Answer(_library(), question)
        answer.join(ANSWER_SECONDS)
        if answer.is_alive():
            self._late = _unanswered(f"nothing came within {ANSWER_SECONDS:g} seconds")
            raise self._late
        if answer.error is not None:
            raise _unanswered(_words(answer.error)) from answer.error
        return answer.value  # type: ignore[return-value] # what was asked for: there was no error


class _Answer(threading.Thread):
    """A question on its way: a backend may wait for whom it likes, and raise what it likes."""

    def __init__(self, keyring: object, question: Callable[[Any], object]) -> None:
        super().__init__(daemon=True)
        self._keyring, self._question = keyring, question
        self.value: object = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.value = self._question(self._keyring)
        except Exception as error:  # noqa: BLE001 - told in words above
            self.error = error


def _library() -> object:
    try:
        return importlib.import_module("keyring")
    except ImportError as error:
        raise UnavailableError(
            "secrets can't be looked for in the keyring: its library is missing",
            hint="pip install 'sluice-ci[keyring]', or give the value with --secret or --secret-file",
        ) from error


def _words(error: Exception) -> str:
    """Its first line; its kind before what says little by itself."""
    lines, kind = str(error).splitlines(), type(error).__name__
    known = isinstance(error, importlib.import_module("keyring.errors").KeyringError)
    return lines[0] if lines and known else ": ".join([kind, *lines[:1]])


def _unanswered(why: str) -> UnavailableError:
    return UnavailableError(f"the system's keyring does not answer: {why}", hint=_HINT)
