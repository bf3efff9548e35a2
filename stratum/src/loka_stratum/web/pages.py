"""The pages by path: each looks at the proxy when it is asked, and says what holds then."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from loka_stratum.measures import StorageMeasures
from loka_stratum.proxy.house.house import House
from loka_stratum.web.status import StorageStatus, status_of

_PING_SECONDS = 3.0
_PAGE_SIZE = resource.getpagesize()
_JSON = "application/json"
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


class Storage(Protocol):
    """Where shares are stored, as far as a page asks."""

    async def ping(self, seconds: float) -> bool:
        """Whether the database answers within so many seconds."""

    def status(self) -> StorageStatus:
        """How it stands."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    status: int
    kind: str
    body: bytes


class Pages:
    """Health, readiness, life, status and metrics of one proxy. ``storage`` is None where shares are not stored."""

    def __init__(self, house: House, storage: Storage | None) -> None:
        self._house = house
        self._storage = storage
        self._storage_measures = StorageMeasures(house.measures.registry) if storage is not None else None
        self._started_at = house.now()
        self.by_path: dict[str, Callable[[], Awaitable[Page]]] = {
            "/": self.index,
            "/health": self.health,
            "/ready": self.ready,
            "/live": self.live,
            "/status": self.status,
            "/metrics/prometheus": self.metrics,
        }

    async def index(self) -> Page:
        """Where what is."""
        return Page(200, "text/plain; charset=utf-8", "\n".join([*self.by_path, ""]).encode())

    async def health(self) -> Page:
        """Healthy if the database and a pool answer. Where shares are not stored there is no database to ask."""
        database = await self._database_answers()
        pool = self._house.pools.any_answers
        healthy = pool and database is not False
        return _verdict(
            healthy,
            {
                "status": "healthy" if healthy else "unhealthy",
                "database": "not used" if database is None else _word(database),
                "pools": {each.name: _word(bool(each.answers)) for each in self._house.pools.all},
            },
        )

    async def ready(self) -> Page:
        """Ready for miners: not draining, a pool answers, and shares can be kept (a database that is away is no
        reason).
        """
        house = self._house
        reasons = []
        if house.draining:
            reasons.append("draining")
        if not house.pools.any_answers:
            reasons.append("no pool answers")
        if self._storage is not None and not self._storage.status().accepting:
            reasons.append("shares can't be kept")
        return _verdict(not reasons, {"ready": not reasons, "reasons": reasons})

    async def live(self) -> Page:
        """Alive, since it answers."""
        return Page(200, _JSON, b'{"alive":true}\n')

    async def status(self) -> Page:
        """Everything, as JSON."""
        storage = self._storage.status() if self._storage is not None else None
        return Page(200, _JSON, msgspec.json.encode(status_of(self._house, storage, self._started_at)) + b"\n")

    async def metrics(self) -> Page:
        """The metrics, from the registry that counts."""
        house = self._house
        measures = house.measures
        house.accounts.publish(house.now())
        measures.bans.set(len(house.admission.bans))
        for pool in house.pools.all:
            measures.pool_miners.labels(pool.name).set(pool.miners)
        if self._storage is not None and self._storage_measures is not None:
            await self._publish(self._storage, self._storage_measures)
        measures.cpu.set(time.process_time())
        measures.memory.set(_memory())
        return Page(200, _METRICS, measures.registry.render().encode())

    async def _publish(self, storage: Storage, measures: StorageMeasures) -> None:
        state = storage.status()
        measures.database_up.set(1 if await self._database_answers() else 0)
        measures.shares_waiting.set(state.waiting)
        measures.journal_bytes.set(state.journal_bytes)
        measures.journal_limit.set(state.journal_limit_bytes)

    async def _database_answers(self) -> bool | None:
        if self._storage is None:
            return None
        try:
            async with asyncio.timeout(_PING_SECONDS):
                return await self._storage.ping(_PING_SECONDS)
        except TimeoutError:
            return False


def _verdict(holds: bool, body: dict[str, Any]) -> Page:
    return Page(200 if holds else 503, _JSON, msgspec.json.encode(body) + b"\n")


def _word(answers: bool) -> str:
    return "answers" if answers else "does not answer"


def _memory() -> int:
    """Resident bytes now; where the system has no such file, the most there ever were."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_SIZE
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
