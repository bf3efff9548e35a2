"""One connection to the container engine for a whole run, made when somebody first needs it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sluice.runners.container.engine import Engine, SilentEngineError


class EngineOnDemand:
    """Called, it is the connection; raises ``UnavailableError`` that says what is missing. One that let somebody wait
    in vain is not asked again.
    """

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._silent: SilentEngineError | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Engine:
        """Connect, or take the connection that there is."""
        from sluice.runners.container.engine import SilentEngineError, connect  # noqa: PLC0415 - most runs never ask

        with self._lock:
            if self._silent is not None:
                raise self._silent
            try:
                self._engine = self._engine or connect()
            except SilentEngineError as error:
                self._silent = error
                raise
            return self._engine

    def close(self) -> None:
        """Hang up, if there is a connection."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
