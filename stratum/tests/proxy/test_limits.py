"""What one miner may do, and what happens to one that does more."""

import asyncio
import random
import socket
from contextlib import suppress
from functools import partial

import pytest
from proxies import Stand, standing, until
from scripted_miner import ScriptedMiner
from scripted_pool import ScriptedPool

pytestmark = pytest.mark.anyio

MALFORMED = [
    b"",
    b"   ",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"id":1,"params":["\xff"]}',
    b'{"id":{},"method":"mining.submit"}',
    b'{"id":1,"method":7}',
    b'{"id":1,"method":"mining.submit","params":{}}',
    b'{"id":1,"method":"mining.submit","params":["farm.rig1","j1"]}',
    b'{"id":1,"method":"mining.submit","params":["farm.rig1",1,2,3,4]}',
    b'{"id":1,"method":"mining.authorize","params":[]}',
    b'{"id":1,"method":"mining.configure","params":["x"]}',
    b'{"id":1,"result":true,"error":null}',
    b'{"id":' + b"[" * 5000,
    b'{"id":1,"method":"mining.submit","params":' + b"[" * 8000 + b"]" * 8000 + b"}",
    b'{"id":1e999999999,"method":"mining.submit"}',
    b'\x00{"id":1}',
    b'{"id":"' + b"x" * 200 + b'","method":"mining.ping"}',
]


@pytest.mark.slow
async def test_ten_thousand_malformed_lines_change_nothing() -> None:
    generous = {"malformed_lines": 1_000_000, "messages_per_second": 1_000_000, "message_burst": 1_000_000}
    async with standing(limits=generous) as stand:
        miner = await stand.working_miner()
        chance = random.Random(7)  # noqa: S311 (the same lines every time)
        before = len(stand.pool.miners[0].received)
        reading = asyncio.create_task(miner.answer_to("end", 30))
        for _ in range(10_000):
            miner.send_line(chance.choice(MALFORMED))
            await asyncio.sleep(0)
        miner.send("end", "mining.submit", "farm.rig1", "j1", "00000001", "65000001", "0000abcd")
        assert (await reading)["result"] is True
        assert len(stand.pool.miners[0].received) == before + 1
        assert len(stand.ledger.shares) == 1
        (session,) = stand.proxy.house.sessions
        assert (list(session.workers), len(session.handshake.steps)) == (["farm.rig1"], 2)
        assert not session.upstream.serving.pending  # type: ignore[union-attr]  # it serves, or the share had no answer


async def test_a_malformed_line_is_answered_and_many_end_the_connection() -> None:
    async with standing(limits={"malformed_lines": 3}) as stand:
        miner = await stand.miner()
        miner.send_line(b"nonsense")
        assert await miner.receive() == {"id": None, "result": None, "error": [20, "Malformed: it is not JSON", None]}
        miner.send_line(b"nonsense")
        miner.send_line(b"nonsense")
        assert await miner.ended()
        assert stand.registry.value("stratum_security_violations_total", "malformed") == 1
        assert stand.pool.miners == [], "no pool is bothered with someone who never asked for work"


async def test_who_is_cut_off_often_is_banned_for_a_while() -> None:
    limits = {"malformed_lines": 1, "offences": 2, "ban_duration": 0.3}
    async with standing(limits=limits) as stand:
        for _ in range(2):
            miner = await stand.miner()
            miner.send_line(b"nonsense")
            assert await miner.ended()
        assert await (await stand.miner()).ended()
        assert stand.registry.value("stratum_connection_errors", "banned") == 1
        await until(lambda: not len(stand.proxy.house.admission.bans))
        await stand.working_miner()


async def test_a_line_that_never_ends_ends_the_connection() -> None:
    async with standing(limits={"line_length": 1000}) as stand:
        miner = await stand.miner()
        miner.writer.write(b'{"id":1,"method":"' + b"x" * 2000)
        assert await miner.ended()
        assert stand.registry.value("stratum_security_violations_total", "line-too-long") == 1


async def test_a_miner_over_its_rate_is_read_more_slowly_and_loses_nothing() -> None:
    async with standing(limits={"messages_per_second": 100, "message_burst": 10}) as stand:
        miner = await stand.working_miner()
        for number in range(30):
            miner.send(number, "mining.submit", "farm.rig1", "j1", f"{number:08x}", "65000001", "0000abcd")
        for _ in range(30):
            assert (await miner.receive())["result"] is True
        assert stand.registry.value("stratum_rate_limit_hits_total", "messages") >= 1


async def test_a_flood_is_cut_off() -> None:
    async with standing(limits={"messages_per_second": 20, "message_burst": 5, "offences": 1}) as stand:
        miner = await stand.working_miner()

        async def flood() -> None:
            while True:
                miner.writer.write(b'{"id":1,"method":"mining.ping","params":[]}\n' * 20)
                await miner.writer.drain()
                await asyncio.sleep(0.001)

        flooding = asyncio.create_task(flood())
        assert await miner.ended(10)
        flooding.cancel()
        await asyncio.wait({flooding})
        assert stand.registry.value("stratum_security_violations_total", "flood") == 1
        assert len(stand.proxy.house.admission.bans) == 1


async def test_who_does_not_read_is_cut_off() -> None:
    async with standing(limits={"write_buffer": 65_536}) as stand:
        miner = await stand.working_miner()
        miner.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream's transport is a full one
        side = stand.pool.miners[0]
        for _ in range(200):
            if not stand.proxy.house.sessions:
                break
            side.notify("client.show_message", "x" * 100_000)
            with suppress(ConnectionError):
                await side.writer.drain()
        await until(lambda: not stand.proxy.house.sessions)
        assert stand.registry.value("stratum_security_violations_total", "slow-reader") == 1


async def test_a_connection_that_never_asks_for_work_is_closed() -> None:
    async with standing(limits={"handshake_timeout": 0.1}) as stand:
        assert await (await stand.miner()).ended()
        assert stand.registry.value("stratum_timeout_errors_total", "handshake") == 1


async def test_a_half_open_miner_is_closed_when_it_has_been_silent_for_long() -> None:
    async with standing(limits={"idle_timeout": 0.2}) as stand:
        miner = await stand.working_miner()
        assert await miner.ended()
        assert stand.registry.value("stratum_timeout_errors_total", "idle") == 1
        await until(lambda: not stand.proxy.house.links)


async def test_connections_are_limited_in_all_and_by_address() -> None:
    for limits, reason in (
        ({"connections": 2}, "connections"),
        ({"connections_per_address": 2}, "connections-per-address"),
    ):
        async with standing(limits=limits) as stand:
            miners = [await stand.miner() for _ in range(2)]
            assert await (await stand.miner()).ended()
            assert stand.registry.value("stratum_connection_errors", reason) == 1
            miners[0].close()
            await until(partial(_has_one, stand))
            await stand.working_miner()


async def test_requests_without_an_answer_are_limited() -> None:
    pool = ScriptedPool()

    async def silent(_side: object, message: dict[str, object]) -> bool:
        return message.get("method") in {"mining.submit", "mining.get_transactions"}

    pool.script = silent
    async with standing(pool, limits={"requests_pending": 2}) as stand:
        miner = await stand.working_miner()
        for number in (1, 2):
            miner.send(number, "mining.get_transactions", "j1")
        assert (await miner.ask(3, "mining.get_transactions", "j1"))["error"][1] == "Too many requests are unanswered"
        assert (await miner.submit(4, "j1"))["error"][1] == "Too many requests are unanswered"
        assert stand.ledger.shares == {}


async def test_names_of_one_connection_are_limited() -> None:
    async with standing(limits={"workers_per_connection": 1}) as stand:
        miner = await stand.working_miner()
        assert (await miner.ask(3, "mining.authorize", "farm.rig2", "x"))["error"][0] == 24
        assert (await miner.ask(4, "mining.authorize", "farm.rig1", "x"))["result"] is True


async def test_a_connection_that_is_reset_leaves_nothing_behind() -> None:
    async with standing() as stand:
        miners = [await stand.working_miner(f"farm.rig{number}") for number in range(5)]
        for miner in miners:
            connection: socket.socket = miner.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            miner.close()
        await until(lambda: _is_empty(stand))


def _is_empty(stand: Stand) -> bool:
    house = stand.proxy.house
    return not (house.sessions or house.links or house.admission.count or house.admission.addresses)


async def test_bytes_that_come_one_by_one_are_still_a_conversation() -> None:
    async with standing(limits={"connections": 1}) as stand:
        miner: ScriptedMiner = await stand.miner()
        for byte in b'{"id": 1, "method": "mining.subscribe", "params": ["slow/1.0"]}\n':
            miner.writer.write(bytes([byte]))
            await miner.writer.drain()
        assert (await miner.receive())["result"][1] == "aabbccdd"


def _has_one(stand: Stand) -> bool:
    return stand.proxy.house.admission.count == 1
