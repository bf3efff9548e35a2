"""A proxy between simulated pools and miners, who make and check real shares: nothing in the middle is made up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from counts import Counts
from memory_ledger import MemoryLedger
from proxies import until

from loka_stratum.configuration import Configuration
from loka_stratum.configuration.settings import Failover, Limits, Server, Web
from loka_stratum.configuration.settings import Pool as PoolChosen
from loka_stratum.configuration.values import Endpoint
from loka_stratum.measures import Measures
from loka_stratum.proxy.proxy import Proxy
from loka_stratum.shares import Verdict
from loka_stratum.simulate.faults import Faults
from loka_stratum.simulate.miners import Crowd, MinersSettings
from loka_stratum.simulate.pool import Pool, PoolSettings

ANYWHERE = Endpoint("127.0.0.1", 0)


class LastingPool:
    """A simulated pool at one address that may die and come back; its tallies are of all its lives."""

    def __init__(self, faults: Faults | None = None, *, seed: int = 0, **settings: Any) -> None:
        self.faults = faults or Faults()
        self.port = 0
        self.lives: list[Pool] = []
        self._settings = PoolSettings(seed=seed, **settings)

    @property
    def now(self) -> Pool:
        return self.lives[-1]

    @property
    def accepted(self) -> int:
        return sum(life.tally.accepted for life in self.lives)

    async def start(self) -> None:
        self.lives.append(Pool(replace(self._settings, port=self.port), self.faults))
        self.port = await self.now.start()

    async def die(self) -> None:
        await self.now.stop()


@dataclass
class Farm:
    """All of it."""

    proxy: Proxy
    pools: list[LastingPool]
    ledger: MemoryLedger
    registry: Counts

    @property
    def port(self) -> int:
        return self.proxy.places[0].port

    def kept(self, verdict: Verdict) -> int:
        return self.ledger.verdicts.count(verdict)

    def accepted_by_pools(self) -> int:
        return sum(pool.accepted for pool in self.pools)


def chosen(*pools: LastingPool) -> tuple[PoolChosen, ...]:
    return tuple(
        PoolChosen(name=f"pool{number}", address=Endpoint("127.0.0.1", pool.port), username="ACCOUNT", priority=number)
        for number, pool in enumerate(pools)
    )


def impatient(*pools: LastingPool, answer_timeout: float = 30, **limits: float) -> Configuration:
    """Settings under which a fault and its end are noticed soon."""
    return Configuration(
        server=Server(bind=ANYWHERE, drain_timeout=5),
        web=Web(bind=ANYWHERE),
        pools=chosen(*pools),
        failover=Failover(
            answer_timeout=answer_timeout,
            retry_shortest=0.02,
            retry_longest=0.1,
            check_interval=0.1,
            return_after=0.1,
            return_rate=1000,
        ),
        limits=replace(Limits(), **limits),  # type: ignore[arg-type]  # counts are given whole
    )


@asynccontextmanager
async def farm(*pools: LastingPool, answer_timeout: float = 30, **limits: float) -> AsyncIterator[Farm]:
    """A running proxy before these pools; ``limits`` are settings of that section."""
    for pool in pools:
        await pool.start()
    ledger, registry = MemoryLedger(), Counts()
    proxy = Proxy(impatient(*pools, answer_timeout=answer_timeout, **limits), ledger, Measures(registry.registry))
    await proxy.start()
    try:
        yield Farm(proxy, list(pools), ledger, registry)
    finally:
        await proxy.close()
        for pool in pools:
            await pool.die()


@asynccontextmanager
async def crowd(port: int, *, count: int = 10, rate: float = 20) -> AsyncIterator[Crowd]:
    """Miners at work. At the end of the block they take their last answers and go."""
    miners = Crowd(MinersSettings(port=port, count=count, rate=rate))
    work = asyncio.create_task(miners.run())
    try:
        yield miners
    finally:
        miners.finish()
        async with asyncio.timeout(20):
            await work


async def more(counted: Callable[[], int], by: int, seconds: float = 20) -> None:
    """Wait until a count has grown."""
    goal = counted() + by
    await until(lambda: counted() >= goal, seconds)
