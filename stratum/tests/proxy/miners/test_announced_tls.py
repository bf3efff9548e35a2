"""Miners with TLS behind a balancer, as haproxy's ``send-proxy`` to a TLS server has it: the PROXY header first, in the
clear, then the handshake.
"""

import asyncio
import json
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from announcing import FROM_ELSEWHERE, FROM_HERE, addresses, block, line
from certificates import Certificate, certificate
from proxies import Stand, standing, until
from scripted_miner import ScriptedMiner

from loka_stratum.configuration.values import Endpoint

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusting(files: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files.chain)


@asynccontextmanager
async def secure(files: Certificate, come_from: dict[str, Any] = FROM_HERE, **changes: Any) -> AsyncIterator[Stand]:
    server = {"tls_bind": Endpoint("127.0.0.1", 0), "tls_certificate": str(files.chain), "tls_key": str(files.key)}
    async with standing(server=server | come_from, **changes) as stand:
        yield stand


async def connected(stand: Stand, first: bytes, *, cut: int = 1000) -> ScriptedMiner:
    """A miner that has sent these bytes in the clear, so many at a time."""
    miner = await ScriptedMiner.connect(stand.proxy.places[1].port)
    stand.miners.append(miner)
    for begin in range(0, len(first), cut):
        miner.writer.write(first[begin : begin + cut])
        await miner.writer.drain()
    return miner


async def announced(stand: Stand, header: bytes, trusting: ssl.SSLContext, *, cut: int = 1000) -> ScriptedMiner:
    miner = await connected(stand, header, cut=cut)
    await miner.writer.start_tls(trusting, server_hostname="127.0.0.1")
    return miner


def subscribed_in_one_piece(port: int, header: bytes, trusting: ssl.SSLContext) -> dict[str, Any]:
    """The answer to one who sends the header and the begin of the handshake as one segment."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = trusting.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:

        def until_done(step: Any) -> Any:
            nonlocal header
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    connection.sendall(header + outgoing.read())
                    header = b""
                    incoming.write(connection.recv(65536))

        until_done(session.do_handshake)
        session.write(b'{"id":1,"method":"mining.subscribe","params":[]}\n')
        answer: dict[str, Any] = json.loads(until_done(lambda: session.read(65536)).split(b"\n")[0])
        return answer


@pytest.mark.parametrize("header", [line, block])
@pytest.mark.parametrize("cut", [1, 1000])
async def test_a_miner_has_the_address_that_its_balancer_names(
    files: Certificate, trusting: ssl.SSLContext, header: Any, cut: int
) -> None:
    async with secure(files) as stand:
        miner = await announced(stand, header("203.0.113.7"), trusting, cut=cut)
        await miner.handshake()
        assert addresses(stand) == {"203.0.113.7"}
        assert (await miner.submit(3, "j1"))["result"] is True


@pytest.mark.parametrize("header", [line, block])
async def test_a_handshake_that_begins_in_the_same_piece_is_heard(
    files: Certificate, trusting: ssl.SSLContext, header: Any
) -> None:
    async with secure(files) as stand:
        port = stand.proxy.places[1].port
        answer = await asyncio.to_thread(subscribed_in_one_piece, port, header("203.0.113.7"), trusting)
        assert answer["result"][1] == "aabbccdd"


async def test_limits_are_the_miners_not_the_balancers(files: Certificate, trusting: ssl.SSLContext) -> None:
    async with secure(files, limits={"connections_per_address": 1}) as stand:
        for address in ("203.0.113.7", "203.0.113.8"):
            await (await announced(stand, line(address), trusting)).handshake()
        await announced(stand, line("203.0.113.7"), trusting)
        await until(lambda: stand.registry.value("stratum_connection_errors", "connections-per-address") == 1)
        assert addresses(stand) == {"203.0.113.7", "203.0.113.8"}


async def test_a_balancer_that_speaks_for_itself_keeps_its_own_address(
    files: Certificate, trusting: ssl.SSLContext
) -> None:
    async with secure(files) as stand:
        await (await announced(stand, b"PROXY UNKNOWN\r\n", trusting)).handshake()
        assert addresses(stand) == {"127.0.0.1"}


async def test_from_a_balancer_a_header_must_come(files: Certificate, trusting: ssl.SSLContext) -> None:
    async with secure(files) as stand:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await announced(stand, b"", trusting)
        await until(lambda: stand.registry.value("stratum_security_violations_total", "proxy-header") == 1)
        assert not stand.proxy.house.sessions


@pytest.mark.parametrize("first", [b"", b"PROXY TCP4", line("203.0.113.7")])
async def test_who_stops_in_the_middle_is_hung_up_on_in_time(files: Certificate, first: bytes) -> None:
    async with secure(files, limits={"handshake_timeout": 0.1}) as stand:
        assert await (await connected(stand, first)).ended()


async def test_who_hangs_up_in_the_middle_leaves_nothing(files: Certificate) -> None:
    async with secure(files) as stand:
        before = len(asyncio.all_tasks())
        miner = await connected(stand, b"PROXY TCP4")
        await until(lambda: len(asyncio.all_tasks()) > before)
        miner.close()
        await until(lambda: len(asyncio.all_tasks()) == before)


async def test_nobody_else_is_waited_for_a_header(files: Certificate, trusting: ssl.SSLContext) -> None:
    async with secure(files, FROM_ELSEWHERE) as stand:
        await (await announced(stand, b"", trusting)).handshake()
        assert addresses(stand) == {"127.0.0.1"}
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await announced(stand, line("203.0.113.7"), trusting)


async def test_the_plain_port_is_as_it_was(files: Certificate) -> None:
    async with secure(files) as stand:
        miner = await stand.miner()
        miner.writer.write(line("203.0.113.9"))
        await miner.handshake()
        assert addresses(stand) == {"203.0.113.9"}


async def test_a_proxy_that_stops_takes_nobody_any_more(files: Certificate) -> None:
    async with secure(files) as stand:
        port = stand.proxy.places[1].port
        waiting = await connected(stand, b"PROXY TCP4")
        await stand.proxy.drain()
        assert await waiting.ended()
        with pytest.raises(ConnectionError):
            await ScriptedMiner.connect(port)
