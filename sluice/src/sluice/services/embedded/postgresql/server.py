"""One running PostgreSQL: its process, its data folder, its readiness."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
import anyio.to_thread

from sluice.services.embedded.folders import DataFolder
from sluice.services.embedded.listening import Listening
from sluice.services.embedded.postgresql.health import Health
from sluice.services.protocol import LaunchedProcess
from sluice.services.readiness import Watched

_FAST, _AT_ONCE = signal.SIGINT, signal.SIGQUIT
_LAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What there is to a server that was started."""

    watched: Watched
    listening: Listening
    data: DataFolder
    health: Health
    notices: Sequence[str]

    @property
    def process(self) -> LaunchedProcess:
        """The server's process."""
        return self.watched.process


class PostgresqlService:
    """A PostgreSQL that was started for one service."""

    network = ""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.name = running.watched.name
        self.log = running.watched.log
        self.host = running.listening.host
        self.ports = running.listening.ports
        self.notices = running.notices
        self.identifier = f"embedded-{running.process.pid}"

    async def healthy(self, seconds: float) -> None:
        """Return once it accepts connections and its own health check passes."""
        await self._running.health.wait(self._running.watched, seconds)

    async def stop(self, seconds: float) -> None:
        """Shut it down fast, at once after ``seconds``; its data go with it."""
        process = self._running.process
        with anyio.CancelScope(shield=True):
            for number, patience in ((_FAST, seconds), (_AT_ONCE, _LAST_SECONDS), (signal.SIGKILL, _LAST_SECONDS)):
                if process.exit_code() is None:
                    process.signal(number)
                    with anyio.move_on_after(patience):
                        await process.wait()
            await anyio.to_thread.run_sync(self._running.data.remove)
