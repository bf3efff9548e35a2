"""Sending to an address, by the library ``apprise`` (``sluice-ci[notify]``). In: an address and a message.

An attempt that fails is repeated with growing pauses. The address is a secret: no error names more than its service.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from sluice.notify.notices import Severity
from sluice.notify.rendering import Message
from sluice.source.errors import UnavailableError

ATTEMPTS, PAUSE_SECONDS = 4, 0.5
_KINDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


class Address:
    """One apprise address, ready to be sent to. Raises ``UnavailableError`` for one that apprise doesn't know."""

    def __init__(self, channel: str, address: str, pause: Callable[[float], None] = time.sleep) -> None:
        library = _library()
        self._channel = channel
        self._pause = pause
        self._plugin: Any = library.Apprise.instantiate(address, suppress_exceptions=True)
        if self._plugin is None:
            service = address.partition("://")[0] if "://" in address else ""
            raise UnavailableError(
                f"channel '{channel}': its secret holds no address that apprise knows"
                + (f" (it begins with '{service[:20]}://')" if service else ""),
                hint="slack://TOKEN_A/TOKEN_B/TOKEN_C, discord://ID/TOKEN, mailto://USER:PASSWORD@HOST, json://HOST/PATH",
            )

    @property
    def service(self) -> str:
        """The service's name: ``Slack``, ``Discord``, ``E-Mail``."""
        return str(self._plugin.service_name)

    def send(self, message: Message, severity: Severity) -> None:
        """Send; raises ``UnavailableError`` when every attempt failed."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._pause(PAUSE_SECONDS * 4 ** (attempt - 1))
            if self._try(message, severity):
                return
        raise UnavailableError(
            f"channel '{self._channel}': {self.service} took nothing in {ATTEMPTS} attempts",
            hint="the service's own page says whether it is well; `sluice notify send` tries again",
        )

    def _try(self, message: Message, severity: Severity) -> bool:
        try:
            sent = self._plugin.notify(title=message.title, body=message.body, notify_type=_KINDS[severity])
        except (OSError, TypeError, ValueError):
            return False
        return bool(sent)


def _library() -> ModuleType:
    try:
        library = importlib.import_module("apprise")
    except ImportError as error:
        raise UnavailableError(
            "channels with an address need the library apprise, which is missing",
            hint="pip install 'sluice-ci[notify]'",
        ) from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs addresses
    return library
