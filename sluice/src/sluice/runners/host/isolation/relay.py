"""Passes connections from a socket inside a job's network on to a port of this machine's loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket

_CHUNK = 64 * 1024


class Relay:
    """A listening socket and the port that it stands for."""

    def __init__(self, listener: socket.socket, port: int, host: str = "127.0.0.1") -> None:
        self._listener = listener
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to accept."""
        self._listener.setblocking(False)
        self._server = await asyncio.start_server(self._serve, sock=self._listener)

    def close(self) -> None:
        """Accept no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            outer_reader, outer_writer = await asyncio.open_connection(self._host, self._port)
            try:
                await asyncio.gather(_pass_on(reader, outer_writer), _pass_on(outer_reader, writer))
            finally:
                outer_writer.close()
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
