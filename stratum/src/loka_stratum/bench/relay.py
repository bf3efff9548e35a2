"""A bare relay: bytes in on one side, out on the other, nothing looked at. It is what a proxy can at most be."""

from __future__ import annotations

import asyncio
from typing import cast

from loka_stratum.configuration.values import Endpoint


class _Far(asyncio.Protocol):
    def __init__(self, near: asyncio.Transport) -> None:
        self._near = near

    def data_received(self, data: bytes) -> None:
        self._near.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._near.abort()


class Relay(asyncio.Protocol):
    """One miner's connection, with one to the pool."""

    def __init__(self, pool: Endpoint) -> None:
        self._pool = pool
        self._far: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A miner connects."""
        self._connecting = asyncio.ensure_future(self._connect(cast("asyncio.Transport", transport)))

    def data_received(self, data: bytes) -> None:
        """Pass on what the miner sends."""
        if self._far is None:
            self._early.append(data)
        else:
            self._far.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """The miner is gone."""
        if self._far is not None:
            self._far.abort()

    async def _connect(self, near: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        far, _ = await loop.create_connection(lambda: _Far(near), self._pool.host, self._pool.port)
        self._far = far
        far.write(b"".join(self._early))
