"""SIGTERM while miners are at work: every share that the pool took has its answer, and the process ends with 0."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from processes import free_port, listening
from simulations import LastingPool, crowd, more

from loka_stratum.simulate.faults import Faults

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_sigterm_answers_what_is_on_its_way_and_takes_nothing_more(tmp_path: Path) -> None:
    pool = LastingPool(Faults(slow=0.4))
    async with started(pool, tmp_path) as (process, port):
        async with crowd(port, rate=5) as miners:
            await more(lambda: miners.tally.accepted, 20)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 10) == 0
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
        assert miners.tally.accepted == pool.accepted
        assert miners.tally.submitted == miners.tally.accepted + miners.tally.unanswered


async def test_a_pool_that_never_answers_holds_it_up_for_the_drain_timeout_only(tmp_path: Path) -> None:
    pool = LastingPool(Faults(silent_after=1))
    async with started(pool, tmp_path, LOKA_SERVER__DRAIN_TIMEOUT="0.5") as (process, port), crowd(port) as miners:
        await more(lambda: miners.tally.submitted, 10)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 8) == 0


@asynccontextmanager
async def started(
    pool: LastingPool, folder: Path, **settings: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """``loka-stratum start`` before the pool, which is started too."""
    await pool.start()
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "LOKA_SERVER__BIND": f"127.0.0.1:{port}",
        "LOKA_WEB__BIND": "127.0.0.1:0",
        "LOKA_POOLS__0__NAME": "main",
        "LOKA_POOLS__0__ADDRESS": f"127.0.0.1:{pool.port}",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loka_stratum", "start", "--without-database"),
        env=environment | settings,
        cwd=folder,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await listening(port)
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await pool.die()
