"""A pool that accepts every share at once and does nothing else, so that it isn't what is measured."""

from __future__ import annotations

import asyncio
from typing import cast

from loka_stratum.protocol.framing import LineSplitter
from loka_stratum.protocol.messages import parse
from loka_stratum.protocol.replies import answer, notification

_SUBSCRIPTION = b'[[["mining.notify","bench"]],"aabbccdd",4]'
_JOB = ["j1", "00" * 32, "01" * 60, "ff" * 60, ["11" * 32] * 12, "20000000", "1d00ffff", "65000000", True]


class AcceptingPool(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A proxy or a relay connects."""
        self._transport = cast("asyncio.Transport", transport)
        self._splitter = LineSplitter(1 << 20)

    def data_received(self, data: bytes) -> None:
        """Answer every line."""
        self._transport.write(b"".join(_answer(line) for line in self._splitter.feed(data)))


def _answer(line: bytes) -> bytes:
    message = parse(line)
    identifier = bytes(message.id)
    match message.method:
        case "mining.subscribe":
            return answer(identifier, _SUBSCRIPTION)
        case "mining.authorize":
            work = notification("mining.set_difficulty", [1]) + notification("mining.notify", _JOB)
            return answer(identifier, b"true") + work
        case _:
            return answer(identifier, b"true")
