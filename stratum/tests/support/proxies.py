"""Proxies for tests: on a free port, with a ledger in memory, before scripted pools; waits are short."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from counts import Counts
from memory_ledger import MemoryLedger
from scripted_miner import ScriptedMiner
from scripted_pool import ScriptedPool

from loka_stratum.configuration import Configuration
from loka_stratum.configuration.settings import Failover, Limits, Pool, Server
from loka_stratum.configuration.values import Endpoint
from loka_stratum.measures import Measures
from loka_stratum.proxy.proxy import Proxy


@dataclass
class Stand:
    """A proxy with all that is around it."""

    proxy: Proxy
    pools: list[ScriptedPool]
    ledger: MemoryLedger
    registry: Counts
    miners: list[ScriptedMiner] = field(default_factory=list)

    @property
    def pool(self) -> ScriptedPool:
        return self.pools[0]

    @property
    def port(self) -> int:
        return self.proxy.places[0].port

    async def miner(self) -> ScriptedMiner:
        miner = await ScriptedMiner.connect(self.port)
        self.miners.append(miner)
        return miner

    async def working_miner(self, name: str = "farm.rig1") -> ScriptedMiner:
        miner = await self.miner()
        await miner.handshake(name)
        return miner


async def until(holds: Callable[[], object], seconds: float = 5) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (it changes within the proxy, which sets no event for tests)
            await asyncio.sleep(0.005)


def configuration(pools: list[ScriptedPool], **changes: dict[str, Any]) -> Configuration:
    """Settings for tests; ``changes`` are by section, as dictionaries."""
    failover = {
        "retry_shortest": 0.02,
        "retry_longest": 0.1,
        "check_interval": 0.1,
        "return_after": 0.1,
        "connect_timeout": 1,
    }
    limits = {"handshake_timeout": 20}
    server: dict[str, Any] = {"bind": Endpoint("127.0.0.1", 0), "drain_timeout": 1}
    return Configuration(
        server=replace(Server(), **(server | changes.get("server", {}))),
        pools=tuple(
            Pool(
                name=f"pool{position}",
                address=Endpoint("127.0.0.1", pool.port),
                username=f"ACCOUNT{position}",
                priority=position,
                **changes.get("pool", {}),
            )
            for position, pool in enumerate(pools)
        ),
        failover=replace(Failover(), **(failover | changes.get("failover", {}))),
        limits=replace(Limits(), **(limits | changes.get("limits", {}))),
    )


@asynccontextmanager
async def standing(*pools: ScriptedPool, **changes: dict[str, Any]) -> AsyncIterator[Stand]:
    """A running proxy before ``pools`` (one, if none is given)."""
    given = list(pools) or [ScriptedPool()]
    for pool in given:
        if not pool.port:
            await pool.start()
    ledger, registry = MemoryLedger(), Counts()
    proxy = Proxy(configuration(given, **changes), ledger, Measures(registry.registry))
    await proxy.start()
    stand = Stand(proxy, given, ledger, registry)
    try:
        yield stand
    finally:
        for miner in stand.miners:
            miner.close()
        await proxy.close()
        for pool in given:
            await pool.stop()
