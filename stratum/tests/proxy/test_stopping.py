"""Draining: shares on their way are waited for, for a while; nothing new is taken."""

import asyncio
from typing import Any

import pytest
from proxies import Stand, standing, until
from scripted_miner import ScriptedMiner
from scripted_pool import PoolSide, ScriptedPool

from loka_stratum.shares import Verdict

pytestmark = pytest.mark.anyio
BACKLOG = 12_000_000
ROOM = {"write_buffer": 2 * BACKLOG}


async def test_a_share_on_its_way_is_answered_before_the_proxy_stops() -> None:
    release = asyncio.Event()

    async def later(_side: PoolSide, message: dict[str, Any]) -> bool:
        if message.get("method") == "mining.submit":
            await release.wait()
        return False

    pool = ScriptedPool()
    pool.script = later
    async with standing(pool, server={"drain_timeout": 5}) as stand:
        miner = await stand.working_miner()
        idle = await stand.working_miner("farm.rig2")
        miner.send(7, "mining.submit", "farm.rig1", "j1", "00000001", "65000001", "0000abcd")
        await pool.until(lambda: pool.shares)
        port = stand.port
        draining = asyncio.create_task(stand.proxy.drain())
        await until(lambda: stand.proxy.house.draining)
        with pytest.raises(ConnectionRefusedError):
            await ScriptedMiner.connect(port)
        release.set()
        assert (await miner.answer_to(7))["result"] is True
        await draining
        assert await miner.ended()
        assert await idle.ended()
        assert stand.ledger.verdicts == [Verdict.ACCEPTED]


async def test_a_pool_that_does_not_answer_holds_the_drain_up_to_its_deadline_only() -> None:
    async def silent(_side: PoolSide, message: dict[str, Any]) -> bool:
        return message.get("method") == "mining.submit"

    pool = ScriptedPool()
    pool.script = silent
    async with standing(pool, server={"drain_timeout": 0.1}) as stand:
        miner = await stand.working_miner()
        miner.send(7, "mining.submit", "farm.rig1", "j1", "00000001", "65000001", "0000abcd")
        await pool.until(lambda: pool.shares)
        async with asyncio.timeout(3):
            await stand.proxy.drain()
        assert stand.ledger.verdicts == [Verdict.UNANSWERED]


async def test_a_miner_that_reads_late_still_gets_what_was_written_to_it() -> None:
    async with standing(limits=ROOM) as stand:
        miner = await backlogged(stand)
        stopping = asyncio.create_task(stand.proxy.drain())
        await until(lambda: stand.proxy.house.draining)
        await asyncio.sleep(0.05)
        assert not stopping.done()
        miner.writer.transport.resume_reading()  # type: ignore[attr-defined]  # a stream's transport is a full one
        assert len(await miner.reader.read(-1)) == BACKLOG
        await stopping
        assert not stand.proxy.house.sessions


async def test_a_miner_that_never_reads_does_not_hold_the_end_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loka_stratum.proxy.proxy._LAST_WORDS_SECONDS", 0.1)
    async with standing(limits=ROOM) as stand:
        await backlogged(stand)
        async with asyncio.timeout(3):
            await stand.proxy.drain()
        assert not stand.proxy.house.sessions, "its connection has ended, and is not left to itself"


async def backlogged(stand: Stand) -> ScriptedMiner:
    """A miner that does not read, with more on its way than the kernel takes."""
    miner = await stand.working_miner()
    miner.writer.transport.pause_reading()  # type: ignore[attr-defined]  # as above
    (session,) = stand.proxy.house.sessions
    session.reply(b"x" * BACKLOG)
    await asyncio.sleep(0)
    return miner
