"""A server that runs without a container, from its start to its end: the same for every kind of server."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Sequence

import anyio
import anyio.to_thread
from msgspec import Struct

from sluice.services.embedded.folders import DataFolder
from sluice.services.embedded.listening import Listening
from sluice.services.readiness import Answer, Watched, wait_until_ready

_LAST_SECONDS = 2.0


class Check(Struct, frozen=True, kw_only=True):
    """A question, and for how many seconds at most it may be answered with no; ``None`` is as long as one waits.

    ``longest`` is how long an answer may take.
    """

    ask: Callable[[], Awaitable[Answer]]
    patience: float | None = None
    longest: float = 0


class Running(Struct, frozen=True, kw_only=True):
    """What there is to a server that was started.

    ``checks`` pass one after the other before it is healthy. ``endings`` are the signals that end it, the gentle one
    first. ``salvage`` is called between its end and the removal of its data, unless it had to be killed.
    """

    watched: Watched
    listening: Listening
    data: DataFolder
    checks: Sequence[Check]
    notices: Sequence[str]
    endings: Sequence[int]
    salvage: Callable[[], None] = lambda: None


class EmbeddedService:
    """A server that was started for one service."""

    network = ""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._stopped = False
        self.name = running.watched.name
        self.log = running.watched.log
        self.host = running.listening.host
        self.ports = running.listening.ports
        self.notices = running.notices
        self.identifier = f"embedded-{running.watched.process.pid}"

    async def healthy(self, seconds: float) -> None:
        """Return once every check passes; raises ``ServiceError``."""
        for check in self._running.checks:
            patience = seconds if check.patience is None else min(seconds, check.patience)
            await wait_until_ready(self._running.watched, check.ask, patience, min(seconds - patience, check.longest))

    async def stop(self, seconds: float) -> None:
        """End it, by force after ``seconds``; its data go with it."""
        if self._stopped:
            return
        self._stopped = True
        process = self._running.watched.process
        gentle, *forceful = self._running.endings
        endings = [(gentle, seconds), *((number, _LAST_SECONDS) for number in (*forceful, signal.SIGKILL))]
        with anyio.CancelScope(shield=True):
            for number, patience in endings:
                if process.exit_code() is None:
                    process.signal(number)
                    with anyio.move_on_after(patience):
                        await process.wait()
            await anyio.to_thread.run_sync(self._clean_up)

    def _clean_up(self) -> None:
        if self._running.watched.process.exit_code() == 0:
            self._running.salvage()
        self._running.data.remove()
