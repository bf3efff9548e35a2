"""Nothing of a connection is left when it has ended, though garbage is looked for seldom."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from proxies import Stand, standing, until
from scripted_miner import ScriptedMiner
from scripted_pool import PoolSide, ScriptedPool

from loka_stratum.proxy.miners.session import Session

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Both loops: they make a connection's protocol at different times."""
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def works(miner: ScriptedMiner, _stand: Stand) -> None:
    await miner.handshake()
    assert (await miner.submit(3, "j1"))["result"] is True


async def leaves_with_a_share_on_its_way(miner: ScriptedMiner, stand: Stand) -> None:
    await miner.handshake()
    answered = asyncio.Event()

    async def later(_side: PoolSide, message: dict[str, object]) -> bool:
        if message.get("method") == "mining.submit":
            await answered.wait()
        return False

    stand.pool.script = later
    miner.send(7, "mining.submit", "farm.rig1", "j1", "00000001", "65000001", "0000abcd")
    await stand.pool.until(lambda: stand.pool.shares)
    miner.close()
    await until(lambda: not stand.proxy.house.sessions)
    answered.set()


async def speaks_http(miner: ScriptedMiner, _stand: Stand) -> None:
    miner.writer.write(b"GET / HTTP/1.1\r\n\r\n")


async def speaks_nonsense(miner: ScriptedMiner, _stand: Stand) -> None:
    await miner.handshake()
    for _ in range(10):
        miner.send_line(b"nonsense")
    assert await miner.ended()


async def says_nothing(_miner: ScriptedMiner, _stand: Stand) -> None:
    pass


async def loses_its_pool(miner: ScriptedMiner, stand: Stand) -> None:
    await miner.handshake()
    await stand.pool.stop()
    await until(lambda: not stand.proxy.house.pools.any_answers)


@pytest.mark.parametrize(
    "does", [works, leaves_with_a_share_on_its_way, speaks_http, speaks_nonsense, says_nothing, loses_its_pool]
)
async def test_a_connection_that_has_ended_is_gone(does: Callable[[ScriptedMiner, Stand], Awaitable[None]]) -> None:
    async with standing() as stand, watched(stand) as sessions:
        miner = await stand.miner()
        await until(lambda: stand.proxy.house.sessions)
        await does(miner, stand)
        miner.close()
        await until(lambda: not sessions())


async def test_one_that_was_never_let_in_is_gone_too() -> None:
    async with standing(limits={"connections": 1}) as stand:
        await stand.working_miner()
        async with watched(stand) as sessions:
            assert await (await stand.miner()).ended()
            await until(lambda: not sessions())


async def test_one_whose_pool_moved_it_is_gone_with_all_its_links() -> None:
    first, second = ScriptedPool(job="first"), ScriptedPool(job="second")
    async with standing(first, second) as stand, watched(stand) as sessions:
        miner = await stand.working_miner()
        await first.stop()
        await miner.until_method("mining.notify")
        miner.close()
        await until(lambda: not sessions())


@asynccontextmanager
async def watched(stand: Stand) -> AsyncIterator[Callable[[], list[Session]]]:
    """The sessions that begin from here on and are not gone."""
    before = all_sessions()
    yield lambda: [each for each in all_sessions() if not any(each is known for known in before)]
    assert stand.proxy.house.admission.count == len(stand.proxy.house.sessions)


def all_sessions() -> list[Session]:
    """In this process; compiled, they can't be referred to weakly.

    While nothing is collected, what was made stays in the youngest generation: to look through all objects of a process
    that ran thousands of tests takes longer than a connection takes to end.
    """
    return [each for each in gc.get_objects(generation=0) if type(each) is Session]
