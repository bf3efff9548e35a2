"""Asks each pool from time to time whether it answers: connects, subscribes, waits for a line. Live traffic counts as
an answer.
"""

from __future__ import annotations

import asyncio
import random
from time import monotonic
from typing import cast

from loka_stratum import __version__
from loka_stratum.configuration.settings import Failover
from loka_stratum.proxy.house.addresses import Addresses
from loka_stratum.proxy.house.pools import Pools, PoolState
from loka_stratum.proxy.pools.dialling import OWN_FAULTS, dial

_QUESTION = b'{"id":1,"method":"mining.subscribe","params":["loka-stratum/%b"]}\n' % __version__.encode()


class _Listening(asyncio.Protocol):
    """Asks, and notes whether anything comes back."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        transport.write(_QUESTION)

    def data_received(self, data: bytes) -> None:
        if b"\n" in data and not self.answered.done():
            self.answered.set_result(True)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        if not self.answered.done():
            self.answered.set_result(False)

    def hang_up(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()


async def ask(state: PoolState, addresses: Addresses, failover: Failover) -> str | None:
    """Why the pool doesn't answer; None if it does. Raises ``OSError`` for faults of this machine's own."""
    settings = state.settings
    try:
        line = await dial(addresses, settings.address, state.tls, _Listening, failover.connect_timeout)
    except OSError as error:
        if error.errno in OWN_FAULTS:
            raise
        return str(error)
    try:
        async with asyncio.timeout(failover.answer_timeout):
            answered = await line.answered
    except TimeoutError:
        return f"no answer within {failover.answer_timeout:g} s"
    finally:
        line.hang_up()
    return None if answered else "it closed the connection without an answer"


async def watch(state: PoolState, pools: Pools, addresses: Addresses, failover: Failover) -> None:
    """Ask for ever: often while it fails, rarely while it answers, not at all while miners hear from it."""
    while True:
        if not state.answers or monotonic() - state.heard_at >= failover.check_interval:
            await _ask_and_note(state, pools, addresses, failover)
        if state.answers:
            await pools.lost(state, _about(failover.check_interval))
        if not state.answers:
            await asyncio.sleep(_about(pools.pause(state)))


def _about(seconds: float) -> float:
    """Not all proxies ask at one moment."""
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 (only spreads the load)


async def _ask_and_note(state: PoolState, pools: Pools, addresses: Addresses, failover: Failover) -> None:
    try:
        why = await ask(state, addresses, failover)
    except OSError:
        return
    if why is None:
        pools.heard(state, monotonic())
    elif not state.answers or monotonic() - state.heard_at >= failover.check_interval:
        pools.failed(state, monotonic(), why)
