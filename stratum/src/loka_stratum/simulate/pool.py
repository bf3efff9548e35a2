"""The simulated pool: a listening port, jobs over time, and every connection's shares judged and counted.

What one connection says and hears is ``pool_connection``'s. Tests order what happens: new jobs, difficulties,
extranonces, masks, reconnections, faults.
"""

import asyncio
import ssl
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from loka_stratum.simulate.chance import seeded
from loka_stratum.simulate.faults import Faults
from loka_stratum.simulate.jobs import FIRST_SIZE, ROLLING_MASK, SECOND_SIZE, Template, TemplateMaker
from loka_stratum.simulate.judging import OpenJob
from loka_stratum.simulate.lines import encode
from loka_stratum.simulate.pool_connection import PoolConnection
from loka_stratum.simulate.record import Record

_OPEN_JOBS = 8
"""Jobs that shares are taken for, until a clean one voids them all."""
_SESSIONS = 10_000
_FLUSH_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """What a pool is told before it starts. Durations are seconds."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 is any free one."""
    difficulty: Decimal = Decimal("0.000000001")
    """Some four hashes for each share."""
    job_every: float = 30.0
    block_every: float = 600.0
    """A clean job, which voids the others, comes so often."""
    second_size: int = SECOND_SIZE
    mask: int = ROLLING_MASK
    seed: int = 0
    refused_names: frozenset[str] = frozenset()
    tls: ssl.SSLContext | None = None


@dataclass(slots=True)
class PoolTally:
    """What came of everything so far."""

    connections: int = 0
    accepted: int = 0
    blocks: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    """By Stratum's code."""
    accepted_by_name: Counter[str] = field(default_factory=Counter)
    malformed_lines: int = 0
    """From miners."""
    faults: Counter[str] = field(default_factory=Counter)

    def report(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "connections": self.connections,
            "accepted": self.accepted,
            "blocks": self.blocks,
            "refused": {str(code): count for code, count in sorted(self.refused.items())},
            "malformed_lines": self.malformed_lines,
            "faults": dict(sorted(self.faults.items())),
        }


class Pool:
    """A pool that runs in an event loop, from ``start`` to ``stop``."""

    def __init__(
        self, settings: PoolSettings | None = None, faults: Faults | None = None, record: Record | None = None
    ) -> None:
        self.settings = settings or PoolSettings()
        self.faults = faults or Faults()
        self.record = record or Record()
        self.random = seeded(self.settings.seed)
        self.tally = PoolTally()
        self.difficulty = self.settings.difficulty
        self.mask = self.settings.mask
        self.connections: set[PoolConnection] = set()
        self.open_jobs: dict[str, OpenJob] = {}
        self.sessions: dict[str, bytes] = {}
        self._maker = TemplateMaker(seeded(self.settings.seed), self.settings.second_size)
        self._templates: dict[str, Template] = {}
        self._extranonces = 0
        self._server: asyncio.Server | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.newest = self._open(clean=True)

    async def start(self) -> int:
        """Listen, make jobs as time goes by, and return the port. Raises ``OSError`` where the port can't be had."""
        loop, settings = asyncio.get_running_loop(), self.settings
        self._server = await loop.create_server(
            lambda: PoolConnection(self), settings.host, settings.port, ssl=settings.tls, backlog=4096
        )
        self._repeat("job", settings.job_every, clean=False)
        self._repeat("block", settings.block_every, clean=True)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Take no more connections and end those that are; who does not read what was written is not waited for."""
        for timer in self._timers.values():
            timer.cancel()
        if self._server is None:
            return
        self._server.close()
        for connection in list(self.connections):
            connection.drop()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FLUSH_SECONDS):
                while self.connections:  # noqa: ASYNC110 (once in a pool's life, over all connections)
                    await asyncio.sleep(0.005)
        for connection in list(self.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def _repeat(self, name: str, seconds: float, *, clean: bool) -> None:
        def again() -> None:
            self.new_job(clean=clean)
            self._repeat(name, seconds, clean=clean)

        self._timers[name] = asyncio.get_running_loop().call_later(seconds, again)

    def new_job(self, *, clean: bool) -> str:
        """Give everyone a new job and return its id. A clean one stands on a new block and voids the others."""
        if clean:
            self._maker.found_block()
        template = self._open(clean=clean)
        line = encode(_notification("mining.notify", template.job.params(clean=clean)))
        for connection in list(self.connections):
            connection.give_job(template.job.id, line)
        return template.job.id

    def _open(self, *, clean: bool) -> Template:
        if clean:
            self.open_jobs.clear()
            self._templates.clear()
        template = self._maker.template(int(time.time()))
        self.newest = template
        self.open_jobs[template.job.id] = OpenJob(template.job)
        self._templates[template.job.id] = template
        while len(self.open_jobs) > _OPEN_JOBS:
            oldest = next(iter(self.open_jobs))
            del self.open_jobs[oldest], self._templates[oldest]
        return template

    def transactions_of(self, job: str) -> tuple[bytes, ...] | None:
        """The transactions of an open job, without the coinbase."""
        template = self._templates.get(job)
        return template.transactions if template else None

    def extranonce(self, session: str | None) -> bytes:
        """The pool's part of the extranonce: a session's own, if it is free, or a new one."""
        if session is not None and (kept := self.sessions.pop(session, None)) is not None:
            return kept
        self._extranonces += 1
        return self._extranonces.to_bytes(FIRST_SIZE, "big")

    def keep_session(self, session: str, first: bytes) -> None:
        """A connection ended: whoever comes back with its session gets its extranonce."""
        self.sessions[session] = first
        while len(self.sessions) > _SESSIONS:
            del self.sessions[next(iter(self.sessions))]

    def broadcast(self, method: str, *params: object) -> None:
        """Tell every connection."""
        for connection in list(self.connections):
            connection.notify(method, *params)

    def set_difficulty(self, difficulty: Decimal) -> None:
        """Ask for another difficulty from the next job on, and give that job."""
        self.difficulty = difficulty
        for connection in list(self.connections):
            connection.set_difficulty(difficulty)
        self.new_job(clean=False)

    def set_extranonces(self) -> None:
        """Give those who asked for it a new extranonce, and everyone a new job."""
        for connection in list(self.connections):
            connection.set_extranonce(self.extranonce(None))
        self.new_job(clean=False)

    def set_mask(self, mask: int) -> None:
        """Let everyone who rolls the version do so in another mask."""
        self.mask = mask
        for connection in list(self.connections):
            connection.set_mask(mask)

    def ask(self, method: str, *params: object) -> None:
        """Ask every connection; what they answer stands in each one's ``answers``."""
        for connection in list(self.connections):
            connection.ask(method, *params)


def _notification(method: str, params: list[Any]) -> dict[str, Any]:
    return {"id": None, "method": method, "params": params}
