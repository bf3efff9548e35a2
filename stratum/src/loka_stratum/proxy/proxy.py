"""The proxy as a whole: it listens for miners, looks after every connection in turn, and drains when it is told to
stop.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import suppress

from loka_stratum.configuration import Configuration
from loka_stratum.configuration.values import Endpoint
from loka_stratum.errors import UnavailableError
from loka_stratum.measures import Measures
from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.miners.announced_tls import AnnouncedServer
from loka_stratum.proxy.miners.miner import Miner
from loka_stratum.proxy.pools.probing import watch
from loka_stratum.proxy.sweeping import sweep
from loka_stratum.shares import ShareLedger

log = logging.getLogger(__name__)
_BACKLOG = 1024
_TLS_SECONDS = 10.0
_LAST_WORDS_SECONDS = 2.0


class Proxy:
    """Miners on one side, pools on the other. Made within a running loop."""

    def __init__(self, configuration: Configuration, ledger: ShareLedger, measures: Measures) -> None:
        self.house = House(configuration, ledger, measures)
        self._servers: list[asyncio.Server | AnnouncedServer] = []

    @property
    def places(self) -> list[Endpoint]:
        """Where it listens, the plain port first."""
        sockets = [each for server in self._servers for each in server.sockets]
        return [Endpoint(str(each.getsockname()[0]), int(each.getsockname()[1])) for each in sockets]

    async def start(self) -> None:
        """Listen. Raises ``UnavailableError``."""
        server = self.house.configuration.server
        tls = _tls_context(server.tls_certificate, server.tls_key) if server.tls_bind else None
        await self._listen(server.bind, None)
        if server.tls_bind is not None:
            await self._listen(server.tls_bind, tls)
        for pool in self.house.pools.all:
            failover = self.house.configuration.failover
            watching = watch(pool, self.house.pools, self.house.addresses, failover)
            self.house.tasks.start(watching, f"watching pool {pool.name}")
        self.house.tasks.start(sweep(self.house), "sweeping")

    async def drain(self) -> None:
        """Take no more miners and no more shares; hang up when every share is answered, or the deadline has passed."""
        house = self.house
        house.draining = True
        self._stop_listening()
        deadline = house.now() + house.configuration.server.drain_timeout
        for session in tuple(house.sessions):
            session.miner.hold("draining", held=True)
        while house.now() < deadline and any(link.shares_pending for link in house.links):  # noqa: ASYNC110 (once in a process's life, over all links)
            await asyncio.sleep(0.01)
        for session in tuple(house.sessions):
            session.miner.close("the proxy stops")
        await self.close()

    async def close(self) -> None:
        """End everything now. Shares without an answer are kept as such."""
        self._stop_listening()
        await self.house.tasks.close()
        for session in tuple(self.house.sessions):
            session.miner.close("the proxy stops")
        for link in tuple(self.house.links):
            link.end("the proxy stops")
        await self._hang_up()
        for server in self._servers:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await server.wait_closed()

    async def _hang_up(self) -> None:
        """Let miners read what was written to them, for a moment; then their connections end as they are."""
        sessions = self.house.sessions
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                while sessions:  # noqa: ASYNC110 (once in a process's life, over all miners)
                    await asyncio.sleep(0.005)
        for session in tuple(sessions):
            session.miner.abort()
        await asyncio.sleep(0)

    async def _listen(self, place: Endpoint, tls: ssl.SSLContext | None) -> None:
        try:
            server = await self._server(place, tls)
        except OSError as error:
            raise UnavailableError(f"{place} can't be listened on: {error.strerror or error}") from None
        self._servers.append(server)
        log.info("listening for miners on %s%s", place, " with TLS" if tls else "")

    async def _server(self, place: Endpoint, tls: ssl.SSLContext | None) -> asyncio.Server | AnnouncedServer:
        house = self.house
        tls_seconds = min(_TLS_SECONDS, house.configuration.limits.handshake_timeout)
        if tls is not None and house.configuration.server.proxy_header_from:
            return AnnouncedServer(house, place, tls, backlog=_BACKLOG, tls_seconds=tls_seconds)
        return await asyncio.get_running_loop().create_server(
            lambda: Miner(house),
            place.host,
            place.port,
            ssl=tls,
            ssl_handshake_timeout=tls_seconds if tls else None,
            backlog=_BACKLOG,
            reuse_address=True,
        )

    def _stop_listening(self) -> None:
        for server in self._servers:
            server.close()


def _tls_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise UnavailableError(f"{certificate} and {key} can't be used for TLS: {error}") from None
    return context
