"""A connection as lines of JSON: bytes in, messages out, and the other way round. Knows no method."""

import asyncio
from typing import Any, cast

import msgspec

LINE_LIMIT = 1 << 20
"""Bytes of a line; a longer one ends the connection."""
UNSENT_LIMIT = 8 << 20
"""Bytes that a reader may leave unread before it is cut off."""

encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder().decode


class JsonLines(asyncio.Protocol):
    """Splits what comes in at line feeds and calls ``receive`` for each message, ``malformed`` for each other line."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._rest = b""
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are of another class with the same methods

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (why it ended is all one)
        """Nothing more goes out."""
        self.closed = True

    def data_received(self, data: bytes) -> None:
        """Take every whole line."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self.closed:
                return
            self._take(line)
        if len(self._rest) > LINE_LIMIT:
            self.drop()

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = _decode(line)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            message = None
        if isinstance(message, dict):
            self.receive(message)
        else:
            self.malformed(line)

    def receive(self, message: dict[str, Any]) -> None:
        """A message came in."""
        raise NotImplementedError

    def malformed(self, line: bytes) -> None:
        """A line came in that is no message."""

    def send(self, message: object) -> None:
        """Write a message as a line."""
        self.send_line(encode(message))

    def send_line(self, line: bytes) -> None:
        """Write a line as it is. Who leaves too much unread is cut off."""
        if self.closed:
            return
        self.transport.write(line + b"\n")
        if self.transport.get_write_buffer_size() > UNSENT_LIMIT:
            self.transport.abort()

    def drop(self) -> None:
        """Send what is written, then end the connection; what still comes in is not looked at."""
        if not self.closed:
            self.closed = True
            self.transport.close()
