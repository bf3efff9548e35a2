"""HTTP on the mining port: CONNECT opens a tunnel to the proxy itself, all else is told where it is."""

import pytest
from proxies import standing
from scripted_miner import ScriptedMiner

from loka_stratum.proxy.miners.door import Door, Visitor

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("cut", [1, 5, 40, 1000])
async def test_a_miner_behind_an_http_proxy_connects_and_mines(cut: int) -> None:
    request = b"CONNECT pool.example.com:3333 HTTP/1.1\r\nHost: pool.example.com:3333\r\n\r\n"
    async with standing() as stand:
        miner = await stand.miner()
        for begin in range(0, len(request), cut):
            miner.writer.write(request[begin : begin + cut])
            await miner.writer.drain()
        assert await miner.line() == b"HTTP/1.1 200 Connection established\r\n"
        assert await miner.line() == b"\r\n"
        await miner.handshake()
        assert (await miner.submit(3, "j1"))["result"] is True
        assert stand.registry.value("stratum_http_connect_requests_total") == 1


async def test_a_browser_is_told_what_this_port_is_for() -> None:
    async with standing() as stand:
        miner: ScriptedMiner = await stand.miner()
        miner.writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await miner.reader.read()
        assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\n")
        assert b"speaks Stratum" in answer


async def test_tls_on_the_plain_port_is_hung_up_on() -> None:
    async with standing() as stand:
        miner = await stand.miner()
        miner.writer.write(b"\x16\x03\x01\x02\x00")
        assert await miner.ended()
        assert stand.registry.value("stratum_security_violations_total", "tls-on-plain-port") == 1


def test_stratum_is_known_by_its_first_byte() -> None:
    assert Door().feed(b'{"id":1') == (Visitor.STRATUM, b'{"id":1')


def test_words_that_only_begin_like_http_are_stratum_and_malformed_there() -> None:
    assert Door().feed(b"HELLO world\n") == (Visitor.STRATUM, b"HELLO world\n")


def test_what_comes_after_the_head_belongs_to_the_tunnel() -> None:
    assert Door().feed(b"CONNECT a:1 HTTP/1.0\n\n{}") == (Visitor.CONNECT, b"{}")


def test_an_endless_head_is_refused() -> None:
    door = Door()
    assert door.feed(b"CONNECT a:1 HTTP/1.1\r\n") is None
    assert door.feed(b"X: " + b"y" * 9000) == (Visitor.HTTP_TOO_LONG, b"")
