"""Miners that read slowly, flood, talk nonsense or come through an HTTP proxy, beside others who work on."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from proxies import until
from scripted_miner import ScriptedMiner
from simulations import Farm, LastingPool, crowd, farm, more

from loka_stratum.shares import Verdict

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@asynccontextmanager
async def guest(stand: Farm) -> AsyncIterator[ScriptedMiner]:
    miner = await ScriptedMiner.connect(stand.port)
    try:
        yield miner
    finally:
        miner.close()


async def test_who_reads_slowly_is_cut_off_and_the_others_lose_nothing() -> None:
    pool = LastingPool()
    async with farm(pool, write_buffer=65_536) as stand:
        async with crowd(stand.port) as miners, guest(stand) as slow:
            await slow.handshake("slow.rig1")
            slow.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream's transport is a full one
            await more(lambda: miners.tally.accepted, 20)
            cut = ("stratum_security_violations_total", "slow-reader")
            async with asyncio.timeout(20):
                while stand.registry.value(*cut) == 0:
                    pool.now.broadcast("client.show_message", "x" * 50_000)
                    await asyncio.sleep(0.02)
            await more(lambda: miners.tally.accepted, 50)
        assert miners.tally.connections == 10
        assert stand.registry.value(*cut) == 1
        assert miners.tally.accepted == stand.kept(Verdict.ACCEPTED) == pool.accepted


async def test_garbage_and_floods_end_their_own_connection_only() -> None:
    pool, chance = LastingPool(), random.Random(11)  # noqa: S311 (the same bytes every time)
    async with farm(pool, malformed_lines=5, messages_per_second=30, message_burst=60, ban_duration=0) as stand:
        async with crowd(stand.port) as miners:
            await more(lambda: miners.tally.accepted, 20)
            for _ in range(20):
                async with guest(stand) as wild:
                    wild.writer.write(b"".join(chance.randbytes(60) + b"\n" for _ in range(40)))
                    assert await wild.ended()
            async with guest(stand) as flooding:
                with suppress(ConnectionError):
                    for _ in range(2000):
                        flooding.send(1, "mining.ping")
                        await flooding.writer.drain()
                assert await flooding.ended()
            await more(lambda: miners.tally.accepted, 50)
        assert miners.tally.connections == 10
        assert miners.tally.accepted == stand.kept(Verdict.ACCEPTED) == pool.accepted
        assert pool.now.tally.malformed_lines == 0, "nothing of it reached the pool"


async def test_miners_behind_an_http_proxy_mine_through_connect() -> None:
    pool = LastingPool()
    async with farm(pool) as stand, http_proxy(stand.port) as port:
        async with crowd(port) as miners:
            await more(lambda: miners.tally.accepted, 50)
        assert miners.tally.accepted == stand.kept(Verdict.ACCEPTED) == pool.accepted
        assert stand.registry.value("stratum_http_connect_requests_total") == 10
        assert miners.tally.malformed_lines == 0


async def test_miners_that_vanish_leave_nothing_behind() -> None:
    pool = LastingPool()
    async with farm(pool) as stand:
        for _ in range(5):
            async with crowd(stand.port, count=20) as miners:
                await more(lambda miners=miners: miners.tally.accepted, 20)  # type: ignore[misc]  # a lambda with a default
        house = stand.proxy.house
        await until(lambda: not house.sessions and not house.links)
        assert house.admission.count == 0
        assert stand.registry.value("stratum_active_connections") == 0
        assert stand.kept(Verdict.ACCEPTED) == pool.accepted


@asynccontextmanager
async def http_proxy(port: int) -> AsyncIterator[int]:
    """What stands before miners that know only HTTP: it asks for a tunnel and then passes bytes."""
    request = b"CONNECT pool.example:3333 HTTP/1.1\r\nHost: pool.example:3333\r\n\r\n"

    async def passing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        far_writer.write(request)
        assert (await far_reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        await asyncio.gather(passing(reader, far_writer), passing(far_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
