"""Miners behind a balancer that begins with a PROXY header: limits and bans hold for their own addresses."""

from typing import Any

import pytest
from announcing import FROM_ELSEWHERE, FROM_HERE, addresses, block, line
from proxies import Stand, standing, until
from scripted_miner import ScriptedMiner

from loka_stratum.protocol.proxy_header import SIGNATURE

pytestmark = pytest.mark.anyio


async def announced(stand: Stand, header: bytes, *, cut: int = 1000) -> ScriptedMiner:
    miner = await stand.miner()
    for begin in range(0, len(header), cut):
        miner.writer.write(header[begin : begin + cut])
        await miner.writer.drain()
    return miner


@pytest.mark.parametrize("header", [line, block])
@pytest.mark.parametrize("cut", [1, 1000])
async def test_a_miner_has_the_address_that_its_balancer_names(header: Any, cut: int) -> None:
    async with standing(server=FROM_HERE) as stand:
        miner = await announced(stand, header("203.0.113.7"), cut=cut)
        await miner.handshake()
        assert addresses(stand) == {"203.0.113.7"}
        assert (await miner.submit(3, "j1"))["result"] is True


async def test_what_comes_in_one_piece_with_the_header_is_heard() -> None:
    async with standing(server=FROM_HERE) as stand:
        miner = await announced(stand, line("203.0.113.7") + b'{"id":1,"method":"mining.subscribe","params":[]}\n')
        assert (await miner.answer_to(1))["result"][1] == "aabbccdd"


async def test_http_connect_behind_a_header_opens_its_tunnel() -> None:
    async with standing(server=FROM_HERE) as stand:
        miner = await announced(stand, line("203.0.113.7") + b"CONNECT a:1 HTTP/1.1\r\n\r\n")
        assert await miner.line() == b"HTTP/1.1 200 Connection established\r\n"


async def test_the_limit_by_address_is_the_miners_not_the_balancers() -> None:
    async with standing(server=FROM_HERE, limits={"connections_per_address": 1}) as stand:
        for address in ("203.0.113.7", "203.0.113.8"):
            await (await announced(stand, line(address))).handshake()
        third = await announced(stand, line("203.0.113.7"))
        assert await third.ended()
        assert stand.registry.value("stratum_connection_errors", "connections-per-address") == 1
        assert addresses(stand) == {"203.0.113.7", "203.0.113.8"}


async def test_a_ban_is_on_the_miner_not_on_the_balancer() -> None:
    async with standing(server=FROM_HERE, limits={"malformed_lines": 1, "offences": 1}) as stand:
        wild = await announced(stand, line("203.0.113.7") + b"nonsense\n")
        assert await wild.ended()
        assert await (await announced(stand, line("203.0.113.7"))).ended()
        assert stand.registry.value("stratum_connection_errors", "banned") == 1
        await (await announced(stand, line("203.0.113.8"))).handshake()


async def test_a_balancer_that_speaks_for_itself_keeps_its_own_address() -> None:
    async with standing(server=FROM_HERE) as stand:
        await (await announced(stand, SIGNATURE + b"\x20\x00\x00\x00")).handshake()
        assert addresses(stand) == {"127.0.0.1"}


async def test_from_a_balancer_a_header_must_come() -> None:
    async with standing(server=FROM_HERE) as stand:
        miner = await announced(stand, b'{"id":1,"method":"mining.subscribe","params":[]}\n')
        assert (await miner.receive())["error"][1] == "it does not begin with a PROXY header"
        assert await miner.ended()
        assert stand.registry.value("stratum_security_violations_total", "proxy-header") == 1
        assert not stand.pool.miners


async def test_a_balancer_that_says_nothing_is_hung_up_on_in_time() -> None:
    async with standing(server=FROM_HERE, limits={"handshake_timeout": 0.1}) as stand:
        assert await (await announced(stand, b"PROXY TCP4")).ended()
        await until(lambda: not stand.proxy.house.sessions)


@pytest.mark.parametrize("header", [line("203.0.113.7"), block("203.0.113.7")])
@pytest.mark.parametrize("server", [{}, FROM_ELSEWHERE])
async def test_a_header_from_anybody_else_is_refused(header: bytes, server: dict[str, Any]) -> None:
    async with standing(server=server, limits={"offences": 1}) as stand:
        miner = await announced(stand, header + b'{"id":1,"method":"mining.subscribe","params":[]}\n', cut=3)
        words = "A PROXY header is taken from balancers in server.proxy_header_from only"
        assert (await miner.receive())["error"][1] == words
        assert await miner.ended()
        assert stand.registry.value("stratum_security_violations_total", "proxy-header") == 1
        assert not stand.pool.miners
        await stand.working_miner()
