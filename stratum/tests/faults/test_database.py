"""The database goes away under load and comes back: meanwhile shares are taken, and none is lost or stored twice."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from servers import Postmaster, temporary_server
from simulations import LastingPool, crowd, impatient, more

from loka_metrics import Registry
from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_stratum.app import Running, running
from loka_stratum.configuration.settings import Database
from loka_stratum.configuration.values import Secret

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.needs_postgresql]


async def test_a_database_that_is_away_for_a_minute_costs_no_share(tmp_path: Path) -> None:
    with temporary_server() as server:
        postmaster = await asyncio.to_thread(Postmaster, server)
        await up(DatabaseAddress.parse(server.url))
        pool = LastingPool()
        async with storing(pool, server.url, tmp_path / "journal") as proxy:
            async with crowd(proxy.proxy.places[0].port) as miners:
                await more(lambda: miners.tally.accepted, 50)
                await shown(proxy, "stratum_database_up", 1)
                await asyncio.to_thread(postmaster.stop)
                await shown(proxy, "stratum_database_up", 0)
                before = await measured(proxy, "stratum_shares_waiting")
                await more(lambda: miners.tally.accepted, 100)
                await asyncio.sleep(60)
                assert await measured(proxy, "stratum_shares_waiting") >= before + 90
                assert await measured(proxy, "stratum_journal_bytes") > 0
                assert (await page(proxy, "/health"))[0] == 503
                assert (await page(proxy, "/ready"))[0] == 200, "shares are kept on disk meanwhile"
                await asyncio.to_thread(postmaster.start)
                await more(lambda: miners.tally.accepted, 50)
            await shown(proxy, "stratum_shares_waiting", 0)
            assert (await page(proxy, "/health"))[0] == 200
        assert miners.tally.connections == 10, "nobody noticed"
        assert await valid_rows(server.url) == pool.accepted == miners.tally.accepted > 200
        assert list((tmp_path / "journal").iterdir()) == []
        await asyncio.to_thread(postmaster.stop)


async def test_without_room_for_more_shares_miners_are_refused_and_nothing_kept_is_lost(tmp_path: Path) -> None:
    with temporary_server() as server:
        postmaster = await asyncio.to_thread(Postmaster, server)
        await up(DatabaseAddress.parse(server.url))
        pool = LastingPool()
        async with storing(pool, server.url, tmp_path / "journal", journal_limit=100_000) as proxy:
            async with crowd(proxy.proxy.places[0].port, rate=30) as miners:
                await asyncio.to_thread(postmaster.stop, signal.SIGINT)
                await shown(proxy, "stratum_shares_refused_total", above=100)
                assert json.loads((await page(proxy, "/ready"))[1])["reasons"] == ["shares can't be kept"]
                assert await measured(proxy, "stratum_journal_bytes") <= 100_000
                await asyncio.to_thread(postmaster.start)
                await more(lambda: miners.tally.accepted, 50)
            await shown(proxy, "stratum_shares_waiting", 0)
        assert await valid_rows(server.url) == pool.accepted == miners.tally.accepted
        await asyncio.to_thread(postmaster.stop)


async def test_a_server_that_crashes_right_after_the_migration_still_has_the_tables() -> None:
    with temporary_server() as server:
        postmaster = await asyncio.to_thread(Postmaster, server)
        await up(DatabaseAddress.parse(server.url))
        await asyncio.to_thread(postmaster.stop)
        await asyncio.to_thread(postmaster.start)
        assert await valid_rows(server.url) == 0
        await asyncio.to_thread(postmaster.stop)


@asynccontextmanager
async def storing(pool: LastingPool, url: str, journal: Path, **database: Any) -> AsyncIterator[Running]:
    """A proxy as ``loka-stratum start`` runs it."""
    await pool.start()
    configuration = replace(impatient(pool), database=Database(url=Secret(url), journal=str(journal), **database))
    try:
        async with running(configuration, stored=True, registry=Registry()) as proxy:
            yield proxy
    finally:
        await pool.die()


async def page(proxy: Running, path: str) -> tuple[int, str]:
    """A page's status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.web.place.port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        async with asyncio.timeout(10):
            head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    finally:
        writer.close()
    return int(head.split()[1]), body


async def measured(proxy: Running, name: str) -> float:
    """A metric's value now."""
    _, text = await page(proxy, "/metrics/prometheus")
    (value,) = (line.split()[1] for line in text.splitlines() if line.startswith(f"{name} "))
    return float(value)


async def shown(proxy: Running, name: str, value: float | None = None, *, above: float | None = None) -> None:
    """Wait until a metric has this value, or one above the other."""
    async with asyncio.timeout(20):
        while (now := await measured(proxy, name)) != value and (above is None or now <= above):  # noqa: ASYNC110 (asked as Prometheus does)
            await asyncio.sleep(0.05)


async def valid_rows(url: str) -> int:
    """Accepted shares in the database."""
    connection = await connected(url)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM submissions WHERE valid")
    finally:
        await connection.close()
    return count


async def connected(url: str) -> asyncpg.Connection:
    """A connection, as soon as the server has recovered."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await asyncpg.connect(url)
            except asyncpg.CannotConnectNowError:
                await asyncio.sleep(0.05)
