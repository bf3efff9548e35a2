"""The switch: listening sockets that pass each connection on to the version that is live when it comes.

A connection stays with the version that took it, so a switch cuts nobody off: the old version ends its connections
itself when it is told to end, and whatever it says until then arrives.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from sluice.machine.listeners import who_listens
from sluice.machine.passing import pass_on
from sluice.targets.process.proxy_header import header

_PATIENCE = 5.0
"""Seconds that a connection waits for a live version that is just being restarted."""
_REASONS = {
    errno.EADDRINUSE: "another program, or another environment, listens there",
    errno.EACCES: "only root may listen there",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    socket.EAI_NONAME: "there is no such host",
}


class Way(NamedTuple):
    """Where the live version listens on 127.0.0.1, and whether it is told with a PROXY header who connects."""

    port: int
    announced: bool = False


class Front:
    """One listening address. ``way`` leads to the version that is live now, ``None`` when there is none."""

    def __init__(self, address: str, way: Callable[[], Way | None]) -> None:
        self.address = address
        self._way = way
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen; raises ``OSError`` where the address is taken."""
        host, _, port = self.address.rpartition(":")
        self._server = await asyncio.start_server(self._serve, host.strip("[]"), int(port), backlog=1024)

    @property
    def bound(self) -> str:
        """The address with the port that was given where 0 was asked for."""
        if self._server is None or not self._server.sockets:
            return self.address
        return f"{self.address.rpartition(':')[0]}:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Take no more; connections that are there go on."""
        if self._server is not None:
            self._server.close()

    async def gone(self) -> None:
        """Return when the last connection has ended."""
        await asyncio.gather(*self._connections)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._join(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The caller with the version that is live now, until both have said all."""
        try:
            there, back = await self._connect(writer)
        except OSError:
            writer.transport.abort()
            return
        for one in (writer, back):
            _prompt(one)
        try:
            await pass_on((reader, writer), (there, back))
        finally:
            for one in (writer, back):
                with suppress(OSError):
                    await one.wait_closed()

    async def _connect(self, caller: asyncio.StreamWriter) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the live version; raises ``OSError`` when it doesn't answer for a while."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            try:
                way = self._way()
                if way is None:
                    raise ConnectionRefusedError
                there, back = await asyncio.open_connection("127.0.0.1", way.port)
            except OSError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
            else:
                if way.announced:
                    back.write(header(caller.get_extra_info("peername"), caller.get_extra_info("sockname")))
                return there, back
            await asyncio.sleep(0.05)


async def open_front(front: Front, name: str) -> None:
    """Raises ``OSError`` in words."""
    try:
        await front.open()
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or error.strerror or str(error)
        holder = _holder(front.address) if error.errno == errno.EADDRINUSE else ""
        raise OSError(f"port '{name}' can't be had at {front.address}: {reason}{holder}") from error


def check_addresses(addresses: Mapping[str, str]) -> None:
    """Whether each could be listened at now. Raises ``OSError`` in words for one that can't."""

    async def check() -> None:
        for name, address in addresses.items():
            front = Front(address, lambda: None)
            await open_front(front, name)
            front.close()

    asyncio.run(check())


def _holder(address: str) -> str:
    """Who has it, where that can be seen."""
    found = who_listens(int(address.rpartition(":")[2]))
    return f": {found}" if found else ""


def _prompt(writer: asyncio.StreamWriter) -> None:
    plug: socket.socket = writer.get_extra_info("socket")
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
