"""Miners that submit as fast as they are answered, or at a pace, without solving anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import cast

import msgspec

from loka_stratum.configuration.values import Endpoint
from loka_stratum.protocol.framing import LineSplitter

_HELLO = (
    b'{"id":1,"method":"mining.subscribe","params":["bench/1.0"]}\n'
    b'{"id":2,"method":"mining.authorize","params":["bench.rig%d","x"]}\n'
)
_SHARE = b'{"params":["bench.rig%d","j1","%08x","65000001","0000abcd"],"id":%d,"method":"mining.submit"}\n'
_CONNECTING_AT_ONCE = 100


class Result(msgspec.Struct, kw_only=True):
    """What the miners saw."""

    shares: int
    seconds: float
    shares_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float


class BenchMiner(asyncio.Protocol):
    """One miner. It submits the next share when the last is answered, but not sooner than its pace allows."""

    def __init__(self, number: int, pause: float, latencies: list[float]) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number = number
        self._pause = pause
        self._latencies = latencies
        self._splitter = LineSplitter(1 << 20)
        self._sent = 0
        self._sent_at: float | None = None
        self._stopped = False

    def itself(self) -> BenchMiner:
        """What a connection is made for."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for work."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(_HELLO % self._number)

    def data_received(self, data: bytes) -> None:
        """Work, or an answer to the share."""
        for line in self._splitter.feed(data):
            if b"mining.notify" in line and b'"method"' in line:
                self._has_work()
            elif self._sent_at is not None and line.startswith(b'{"id":') and b'"result"' in line:
                self._latencies.append(perf_counter() - self._sent_at)
                self._sent_at = None
                self._next()

    def submit(self) -> None:
        """Send a share."""
        if self._stopped:
            return
        self._sent += 1
        self._sent_at = perf_counter()
        self._transport.write(_SHARE % (self._number, self._sent, self._sent + 2))

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True
        self._transport.abort()

    def _has_work(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    def _next(self) -> None:
        if self._pause:
            asyncio.get_running_loop().call_later(self._pause, self.submit)
        else:
            self.submit()


async def mine(place: Endpoint, count: int, seconds: float, pause: float, ready: Callable[[], None]) -> Result:
    """Let ``count`` miners submit for ``seconds``, each at most every ``pause`` seconds. ``ready`` is called when all
    have work and none has submitted.
    """
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    miners = [BenchMiner(number, pause, latencies) for number in range(count)]
    for begin in range(0, count, _CONNECTING_AT_ONCE):
        batch = miners[begin : begin + _CONNECTING_AT_ONCE]
        await asyncio.gather(*(loop.create_connection(each.itself, place.host, place.port) for each in batch))
        await asyncio.gather(*(each.ready for each in batch))
    latencies.clear()
    ready()
    began = perf_counter()
    for position, each in enumerate(miners):
        loop.call_later(pause * position / count, each.submit)
    await asyncio.sleep(seconds)
    took = perf_counter() - began
    found = sorted(latencies)
    for each in miners:
        each.stop()
    return Result(
        shares=len(found),
        seconds=took,
        shares_per_second=len(found) / took,
        p50_milliseconds=_percentile(found, 0.50) * 1000,
        p99_milliseconds=_percentile(found, 0.99) * 1000,
    )


def _percentile(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")
