"""Connections that are passed on: bytes go both ways, and whoever goes away is gone for the other side, too."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from sluice.runners.host.isolation.relay import Relay

pytestmark = pytest.mark.anyio
AT_ONCE = struct.pack("ii", 1, 0)
"""``SO_LINGER``: to close is to reset."""
SECONDS = 10


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Server:
    """Repeats what it hears, and knows when its caller is gone."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        while data := await reader.read(100):
            writer.write(data)
        self.gone.set()
        writer.close()


@asynccontextmanager
async def passed_on(server: Server) -> AsyncIterator[int]:
    """The port of a relay that leads to it."""
    listener = socket.create_server(("127.0.0.1", 0))
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as behind:
        relay = Relay(listener, behind.sockets[0].getsockname()[1])
        await relay.start()
        try:
            yield listener.getsockname()[1]
        finally:
            relay.close()


def vanish(writer: asyncio.StreamWriter) -> None:
    """End a connection without a word."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()


async def test_what_either_side_says_reaches_the_other_also_after_one_has_said_all() -> None:
    async with passed_on(Server()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"all that I say")
        writer.write_eof()
        assert await reader.read() == b"all that I say"
        writer.close()


async def test_a_caller_that_is_gone_without_a_word_is_gone_for_the_server() -> None:
    server = Server()
    async with passed_on(server) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x")
        assert await reader.read(1) == b"x"
        vanish(writer)
        with anyio.fail_after(SECONDS):
            await server.gone.wait()


async def test_a_server_that_is_gone_without_a_word_is_gone_for_the_caller() -> None:
    server = Server()
    async with passed_on(server) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x")
        assert await reader.read(1) == b"x"
        assert server.writer is not None
        vanish(server.writer)
        with anyio.fail_after(SECONDS):
            assert await reader.read() == b""
        writer.close()
