"""The whole proxy with a real database: what the pool accepted is what is stored, through kills and outages."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from processes import free_port, listening, settings_of
from servers import GIVEN, Server, temporary_server

from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_stratum.simulate.record import read_record

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.needs_postgresql]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if GIVEN:
        yield Server(GIVEN)
        return
    with temporary_server() as running:
        yield running


@pytest.fixture
def database_url(server: Server) -> Iterator[str]:
    url = server.create_database()
    asyncio.run(up(DatabaseAddress.parse(url)))
    yield url
    server.drop_database(url)


@asynccontextmanager
async def process(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "loka_stratum",
        *arguments,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def stored(url: str) -> dict[tuple[bool | None, str | None], int]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT valid, reject_reason, count(*) FROM submissions GROUP BY 1, 2")
    finally:
        await connection.close()
    return {(row[0], row[1]): row[2] for row in rows}


async def test_shares_accepted_by_the_pool_equal_shares_stored_through_kill_9(
    database_url: str, tmp_path: Path
) -> None:
    pool_port, port, web = free_port(), free_port(), free_port()
    record = tmp_path / "accepted.jsonl"
    settings = settings_of(port=port, web=web, pool=pool_port, database=database_url, journal=tmp_path / "journal")
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            process("simulate", "pool", "--listen", f"127.0.0.1:{pool_port}", "--record", str(record))
        )
        await listening(pool_port)
        proxy = await stack.enter_async_context(process("start", **settings))
        await listening(port)
        miners = await stack.enter_async_context(
            process(
                "simulate",
                "miners",
                "--connect",
                f"127.0.0.1:{port}",
                "--count",
                "20",
                "--rate",
                "5",
                "--duration",
                "8",
            )
        )
        await asyncio.sleep(4)
        proxy.kill()
        await proxy.wait()
        proxy = await stack.enter_async_context(process("start", **settings))
        said, _ = await asyncio.wait_for(miners.communicate(), 30)
        proxy.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(proxy.wait(), 20) == 0
        pool.send_signal(signal.SIGTERM)
        await asyncio.wait_for(pool.communicate(), 10)
    accepted = len(list(read_record(record)))
    rows = await stored(database_url)
    kept = rows.get((True, None), 0)
    unanswered = sum(count for (valid, _), count in rows.items() if valid is not True)
    seen = json.loads(said)
    assert kept >= seen["accepted"] > 100
    assert kept <= accepted <= kept + unanswered, (
        "each is stored once; only an answer that died with the proxy is missing"
    )
    assert unanswered <= 20, "no more than one for each miner was on its way when the proxy was killed"
