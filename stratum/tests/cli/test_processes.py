"""The proxy as a process: started, asked, stopped by SIGTERM, killed, and started again."""

import asyncio
import json
import os
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from processes import free_port
from scripted_miner import ScriptedMiner
from scripted_pool import PoolSide, ScriptedPool

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


class Started:
    def __init__(self, process: asyncio.subprocess.Process, miners: int, web: int) -> None:
        self.process = process
        self.miners = miners
        self.web = web
        self.connected: list[ScriptedMiner] = []

    async def page(self, path: str) -> dict[str, Any]:
        def get() -> dict[str, Any]:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}{path}", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
                return found

        return await asyncio.to_thread(get)

    async def miner(self) -> ScriptedMiner:
        async with asyncio.timeout(20):
            while True:
                try:
                    self.connected.append(await ScriptedMiner.connect(self.miners))
                    return self.connected[-1]
                except OSError:
                    assert self.process.returncode is None, "the proxy ended"
                    await asyncio.sleep(0.05)


@asynccontextmanager
async def started(folder: Path, pool: ScriptedPool, miners: int, web: int) -> AsyncIterator[Started]:
    environment = {
        "PATH": os.environ["PATH"],
        "LOKA_SERVER__BIND": f"127.0.0.1:{miners}",
        "LOKA_WEB__BIND": f"127.0.0.1:{web}",
        "LOKA_POOLS__0__NAME": "main",
        "LOKA_POOLS__0__ADDRESS": f"127.0.0.1:{pool.port}",
        "LOKA_POOLS__0__USERNAME": "ACCOUNT",
        "LOKA_LOG__FORMAT": "json",
        "LOKA_SERVER__DRAIN_TIMEOUT": "5",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "loka_stratum",
        "start",
        "--without-database",
        env=environment,
        cwd=folder,
        stderr=asyncio.subprocess.PIPE,
    )
    proxy = Started(process, miners, web)
    try:
        yield proxy
    finally:
        for miner in proxy.connected:
            miner.close()
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_sigterm_drains_and_exits_0(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def later(side: PoolSide, message: dict[str, Any]) -> bool:
        del side
        if message.get("method") == "mining.submit":
            await release.wait()
        return False

    pool = ScriptedPool()
    pool.script = later
    await pool.start()
    async with started(tmp_path, pool, free_port(), free_port()) as proxy:
        miner = await proxy.miner()
        await miner.handshake()
        assert (await proxy.page("/health"))["status"] == "healthy"
        miner.send(7, "mining.submit", "farm.rig1", "j1", "00000001", "65000001", "0000abcd")
        await pool.until(lambda: pool.shares)
        proxy.process.send_signal(signal.SIGTERM)
        assert proxy.process.stderr is not None
        log = b""
        while b"draining" not in log:
            log = await asyncio.wait_for(proxy.process.stderr.readline(), 10)
            assert json.loads(log)["level"] in {"info", "warning"}
        release.set()
        assert (await miner.answer_to(7))["result"] is True
        assert await asyncio.wait_for(proxy.process.wait(), 10) == 0
    await pool.stop()


async def test_after_kill_9_it_starts_again_on_the_same_ports(tmp_path: Path) -> None:
    pool = ScriptedPool()
    await pool.start()
    miners, web = free_port(), free_port()
    for number in range(2):
        async with started(tmp_path, pool, miners, web) as proxy:
            miner = await proxy.miner()
            await miner.handshake()
            assert (await miner.submit(number, "j1"))["result"] is True
            proxy.process.kill()
            assert await miner.ended()
    assert len(pool.shares) == 2
    await pool.stop()


async def test_a_port_that_is_taken_exits_2_and_says_which(tmp_path: Path) -> None:
    pool = ScriptedPool()
    await pool.start()
    async with started(tmp_path, pool, pool.port, free_port()) as proxy:
        _, log = await asyncio.wait_for(proxy.process.communicate(), 20)
        assert proxy.process.returncode == 2
        assert f"127.0.0.1:{pool.port} can't be listened on" in log.decode()
    await pool.stop()
