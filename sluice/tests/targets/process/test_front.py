"""The switch: connections stay where they are, new ones go where it points now, and no byte is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sluice.targets.process.front import Front, Way
from sluice.targets.process.proxy_header import Socket, header

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def version(name: str) -> AsyncIterator[int]:
    """A program that repeats each line after its name, and says goodbye when the other has said all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(f"{name}: ".encode() + line)
            await writer.drain()
        writer.write(f"{name} bye\n".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def caller(front: Front) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = front.bound.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def say(to: tuple[asyncio.StreamReader, asyncio.StreamWriter], text: str) -> str:
    to[1].write(f"{text}\n".encode())
    return (await to[0].readline()).decode()


async def test_a_switch_cuts_nobody_off() -> None:
    async with version("blue") as blue, version("green") as green:
        live = blue
        front = Front("127.0.0.1:0", lambda: Way(live))
        await front.open()
        async with caller(front) as early:
            assert await say(early, "one") == "blue: one\n"
            live = green
            async with caller(front) as late:
                assert await say(late, "two") == "green: two\n"
                assert await say(early, "three") == "blue: three\n"
            early[1].write_eof()
            assert await early[0].read() == b"blue bye\n"
        front.close()
        await front.gone()


async def test_much_goes_through_whole() -> None:
    async with version("blue") as blue:
        front = Front("127.0.0.1:0", lambda: Way(blue))
        await front.open()
        async with caller(front) as one:
            lines = [f"{number:060}\n".encode() for number in range(20_000)]
            one[1].write(b"".join(lines))
            one[1].write_eof()
            answer = await one[0].read()
        front.close()
        await front.gone()
    assert answer == b"".join(b"blue: " + line for line in lines) + b"blue bye\n"


async def test_a_caller_waits_for_a_version_that_is_just_starting() -> None:
    async with version("blue") as blue:
        asked = 0

        def way() -> Way | None:
            nonlocal asked
            asked += 1
            return Way(blue) if asked > 2 else None

        front = Front("127.0.0.1:0", way)
        await front.open()
        async with caller(front) as one:
            assert await say(one, "hello") == "blue: hello\n"
        front.close()
        await front.gone()


async def test_a_version_that_expects_it_is_told_who_connects_and_no_other() -> None:
    async with version("blue") as blue, version("green") as green:
        live = Way(blue)
        front = Front("127.0.0.1:0", lambda: live)
        await front.open()
        async with caller(front) as early:
            assert await say(early, "one") == "blue: one\n"
        live = Way(green, announced=True)
        async with caller(front) as late:
            late[1].write(b"two\n")
            late[1].write_eof()
            heard = await late[0].read()
            ends = late[1].get_extra_info("sockname"), late[1].get_extra_info("peername")
        front.close()
        await front.gone()
    ports = b"".join(port.to_bytes(2, "big") for _, port in ends)
    assert heard.replace(b"green: ", b"") == HEADER + b"\x7f\0\0\1\x7f\0\0\1" + ports + b"two\ngreen bye\n"


HEADER = b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x11\0\x0c"


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (("2001:db8::7", 1, 0, 0), ("2001:db8::1", 2, 0, 0), "21210024" + "20010db8" + "0" * 23 + "7" + "20010db8"),
        (("::ffff:203.0.113.7", 1, 0, 0), ("::ffff:198.51.100.1", 2, 0, 0), "2111000c" + "cb007107" + "c6336401"),
        (("203.0.113.7", 1), ("2001:db8::1", 2, 0, 0), "21210024" + "0" * 20 + "ffff" + "cb007107" + "20010db8"),
        (("fe80::1%eth0", 1, 0, 2), ("fe80::2%eth0", 2, 0, 2), "21210024" + "fe80" + "0" * 27 + "1" + "fe80"),
        (None, ("198.51.100.1", 3333), "20000000"),
    ],
)
def test_each_family_is_announced_as_what_it_is(source: Socket | None, target: Socket | None, expected: str) -> None:
    assert header(source, target)[12:].hex().startswith(expected)


async def test_an_address_that_is_taken_is_an_error() -> None:
    first = Front("127.0.0.1:0", lambda: None)
    await first.open()
    with pytest.raises(OSError, match="in use"):
        await Front(first.bound, lambda: None).open()
    first.close()
