"""A pool's place in, a connection out, within a deadline; each of the host's addresses is tried."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from loka_stratum.configuration.values import Endpoint
from loka_stratum.proxy.house.addresses import Addresses

_Protocol = TypeVar("_Protocol", bound=asyncio.Protocol)
OWN_FAULTS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
"""Errors that say nothing of the pool: this process or machine has run out of something."""
_DEAD_AFTER_MILLISECONDS = 30_000


async def dial(
    addresses: Addresses,
    place: Endpoint,
    tls: ssl.SSLContext | None,
    make: Callable[[], _Protocol],
    timeout: float,  # noqa: ASYNC109 (resolving and every address share it)
) -> _Protocol:
    """A connection to ``place``. Raises ``OSError``, of which ``TimeoutError`` and TLS errors are kinds."""
    loop = asyncio.get_running_loop()
    failure: OSError = OSError(f"{place} can't be reached")
    try:
        async with asyncio.timeout(timeout):
            for address in await addresses.of(place):
                try:
                    _, protocol = await loop.create_connection(
                        make, address, place.port, ssl=tls, server_hostname=place.host if tls else None
                    )
                except OSError as error:
                    failure = error.with_traceback(None)  # it would keep these frames, and what they know
                else:
                    return protocol
    except TimeoutError:
        addresses.doubt(place)
        raise TimeoutError(f"no connection to {place} within {timeout:g} s") from None
    addresses.doubt(place)
    try:
        raise failure
    finally:
        del failure  # it knows this frame


def keep_alive(transport: asyncio.BaseTransport) -> None:
    """Let the kernel notice an end that is gone without a word."""
    connection = transport.get_extra_info("socket")
    if connection is None:
        return
    with suppress(OSError, AttributeError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_AFTER_MILLISECONDS)
