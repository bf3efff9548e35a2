"""The TLS port where balancers announce their miners: the PROXY header comes first, in the clear, then the handshake.

So it is with haproxy's ``send-proxy`` to a server with ``ssl``. The handshake may begin in the same piece as the
header, so the header is taken from the socket to the byte, and the rest is left there for TLS.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from contextlib import closing, suppress

from loka_stratum.configuration.values import Endpoint
from loka_stratum.protocol.proxy_header import LONGEST, HeaderError, read_header
from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.miners.miner import Miner

log = logging.getLogger(__name__)
_PAUSE_SECONDS = 1.0
"""After a connection that couldn't be taken, since this process or machine has run out of something."""


class AnnouncedServer:
    """Listens, as an ``asyncio.Server`` does. Raises ``OSError`` where that can't be done."""

    def __init__(self, house: House, place: Endpoint, tls: ssl.SSLContext, *, backlog: int, tls_seconds: float) -> None:
        family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        listening = socket.create_server((place.host, place.port), family=family, backlog=backlog)
        listening.setblocking(False)
        self.sockets = (listening,)
        self._house = house
        self._tls = tls
        self._tls_seconds = tls_seconds
        self._accepting = house.tasks.start(self._accept(listening), "taking miners with TLS")

    def close(self) -> None:
        """Listen no more."""
        self._accepting.cancel()

    async def wait_closed(self) -> None:
        """Return when nobody listens any more."""
        await asyncio.wait({self._accepting})

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with closing(listening):
            while True:
                try:
                    connection, peer = await loop.sock_accept(listening)
                except OSError as error:
                    log.warning("a connection can't be taken: %s", error)
                    await asyncio.sleep(_PAUSE_SECONDS)
                else:
                    self._house.tasks.start(self._take(connection, str(peer[0])), "beginning TLS with a miner")

    async def _take(self, connection: socket.socket, peer: str) -> None:
        """Learn who it is, and let TLS begin. Whatever goes wrong ends this connection only."""
        house = self._house
        with closing(connection), suppress(OSError):
            try:
                address = await self._address_of(connection, peer)
            except HeaderError as error:
                house.measures.violations.labels("proxy-header").inc()
                log.warning("miner %s is cut off: %s", peer, error)
                return
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Miner(house, address), connection.dup(), ssl=self._tls, ssl_handshake_timeout=self._tls_seconds
            )

    async def _address_of(self, connection: socket.socket, peer: str) -> str:
        """Who the balancer speaks for; the peer where nobody is announced. Raises ``HeaderError``, ``OSError``."""
        if not self._house.announces(peer):
            return peer
        try:
            async with asyncio.timeout(self._house.configuration.limits.handshake_timeout):
                return await _take_header(connection) or peer
        except TimeoutError:
            self._house.measures.timeouts.labels("handshake").inc()
            raise


async def _take_header(connection: socket.socket) -> str | None:
    """Take a header from the socket, and nothing of what is behind it. Raises ``HeaderError``, ``OSError``."""
    loop = asyncio.get_running_loop()
    head = b""
    while True:
        first = await loop.sock_recv(connection, 1)
        if not first:
            raise ConnectionResetError("it hung up within its header")
        head += first
        ahead = _peek(connection)
        announced = read_header(head + ahead)
        if announced is not None:
            _drop(connection, len(ahead) - len(announced.rest))
            return announced.address
        _drop(connection, len(ahead))
        head += ahead


def _peek(connection: socket.socket) -> bytes:
    """What has come and is not taken yet."""
    with suppress(BlockingIOError):
        return connection.recv(LONGEST, socket.MSG_PEEK)
    return b""


def _drop(connection: socket.socket, count: int) -> None:
    """Take bytes that have been looked at."""
    if count:
        connection.recv(count)
