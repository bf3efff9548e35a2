import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from proxies import Stand, standing, until
from scripted_pool import ScriptedPool

from loka_stratum.configuration.values import Endpoint
from loka_stratum.web.pages import Page, Pages
from loka_stratum.web.server import WebServer
from loka_stratum.web.status import StorageStatus

pytestmark = pytest.mark.anyio


class FakeStorage:
    def __init__(self) -> None:
        self.answers = True
        self.accepting = True

    async def ping(self, seconds: float) -> bool:
        del seconds
        return self.answers

    def status(self) -> StorageStatus:
        return StorageStatus(
            accepting=self.accepting, stored=5, waiting=2, journal_bytes=100, journal_limit_bytes=1000, away=None
        )


@asynccontextmanager
async def serving(stand: Stand, storage: FakeStorage | None = None) -> AsyncIterator[int]:
    web = WebServer(Pages(stand.proxy.house, storage).by_path)
    await web.start(Endpoint("127.0.0.1", 0))
    try:
        yield web.place.port
    finally:
        await web.close()


async def raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.transport.abort()
    return answer


async def get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    answer = await raw(port, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, body = answer.decode().partition("\r\n\r\n")
    return int(head.split()[1]), body


async def get_json(port: int, path: str) -> tuple[int, Any]:
    status, body = await get(port, path)
    return status, json.loads(body)


async def test_health_is_true_only_if_the_database_and_a_pool_answer() -> None:
    storage = FakeStorage()
    async with standing(failover={"check_interval": 0.05}) as stand, serving(stand, storage) as port:
        await until(lambda: stand.proxy.house.pools.any_answers)
        healthy = {"status": "healthy", "database": "answers", "pools": {"pool0": "answers"}}
        assert await get_json(port, "/health") == (200, healthy)
        storage.answers = False
        assert await get_json(port, "/health") == (
            503,
            healthy | {"status": "unhealthy", "database": "does not answer"},
        )
        storage.answers = True
        await stand.pool.stop()
        await until(lambda: not stand.proxy.house.pools.any_answers)
        status, body = await get_json(port, "/health")
        assert (status, body["pools"]) == (503, {"pool0": "does not answer"})


async def test_health_before_any_pool_was_asked_is_not_healthy() -> None:
    pool = ScriptedPool()

    async def silent(_side: object, _message: object) -> bool:
        return True

    pool.script = silent
    async with standing(pool) as stand, serving(stand) as port:
        assert (await get_json(port, "/health"))[0] == 503


async def test_ready_says_why_not() -> None:
    storage = FakeStorage()
    async with standing() as stand, serving(stand, storage) as port:
        await until(lambda: stand.proxy.house.pools.any_answers)
        storage.answers = False
        assert await get_json(port, "/ready") == (200, {"ready": True, "reasons": []}), "shares wait on disk meanwhile"
        storage.accepting = False
        stand.proxy.house.draining = True
        assert await get_json(port, "/ready") == (
            503,
            {"ready": False, "reasons": ["draining", "shares can't be kept"]},
        )
        assert await get_json(port, "/live") == (200, {"alive": True})


async def test_status_tells_of_miners_shares_and_pools() -> None:
    async with standing() as stand, serving(stand, FakeStorage()) as port:
        miner = await stand.working_miner()
        await miner.submit(3, "j1")
        _, status = await get_json(port, "/status")
        assert status["shares"] == {"accepted": 1, "rejected": 0, "stale": 0, "duplicate": 0, "unanswered": 0}
        (shown,) = status["miners"]
        assert (shown["workers"], shown["pool"], shown["difficulty"]) == (["farm.rig1"], "pool0", "1024")
        assert status["hashrate"] == shown["hashrate"] == 1024 * 2**32 / 60
        (pool,) = status["pools"]
        assert (pool["name"], pool["answers"], pool["miners"]) == ("pool0", True, 1)
        assert status["storage"]["waiting"] == 2


async def test_metrics_come_from_the_registry_that_counts() -> None:
    async with standing() as stand, serving(stand) as port:
        miner = await stand.working_miner()
        await miner.submit(3, "j1")
        await miner.submit(4, "j1", name="thief.x")
        _, text = await get(port, "/metrics/prometheus")
        lines = text.splitlines()
        for line in (
            'stratum_share_submissions_total{result="accepted"} 1',
            "stratum_active_connections 1",
            'stratum_user_shares_total{user="farm",result="accepted"} 1',
            'stratum_pool_up{pool="pool0"} 1',
            "stratum_share_acceptance_rate 1",
        ):
            assert line in lines
        assert any(line.startswith("stratum_memory_bytes ") and float(line.split()[1]) > 1e6 for line in lines)
        assert await get(port, "/metrics/prometheus") != (200, ""), "it can be read again and counts on"


async def test_metrics_tell_how_the_store_stands() -> None:
    storage = FakeStorage()
    storage.answers = False
    async with standing() as stand, serving(stand, storage) as port:
        lines = (await get(port, "/metrics/prometheus"))[1].splitlines()
        for line in (
            "stratum_database_up 0",
            "stratum_shares_waiting 2",
            "stratum_journal_bytes 100",
            "stratum_journal_limit_bytes 1000",
        ):
            assert line in lines


async def test_where_nothing_is_stored_no_database_is_down() -> None:
    async with standing() as stand, serving(stand) as port:
        text = (await get(port, "/metrics/prometheus"))[1]
        assert "stratum_active_connections" in text
        assert "stratum_database" not in text
        assert "stratum_journal" not in text


async def test_other_paths_and_methods_are_refused_clearly() -> None:
    async with standing() as stand, serving(stand) as port:
        status, body = await get(port, "/helth")
        assert status == 404
        assert "/health" in body
        assert (await get(port, "/health", "POST"))[0] == 405
        assert (await get(port, "/live", "HEAD")) == (200, "")
        assert (await raw(port, b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        endless = b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000
        assert (await raw(port, endless)).startswith(b"HTTP/1.1 431 ")


async def test_a_page_with_a_bug_is_a_500_and_the_next_one_is_served() -> None:
    async def broken() -> Page:
        raise ValueError("a bug")

    web = WebServer({"/broken": broken})
    await web.start(Endpoint("127.0.0.1", 0))
    assert (await get(web.place.port, "/broken"))[0] == 500
    assert (await get(web.place.port, "/other"))[0] == 404
    await web.close()


async def test_one_connection_may_ask_several_times() -> None:
    async with standing() as stand, serving(stand) as port:
        request = b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert (await raw(port, request + last)).count(b'{"alive":true}') == 2
