"""Passes connections and datagrams from a socket inside a job's network on to a port of this machine's loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from sluice.machine.passing import pass_on

_CHUNK = 64 * 1024
_MOST_SENDERS = 256


class Relay:
    """A listening socket and the port that it stands for."""

    def __init__(self, listener: socket.socket, port: int, host: str = "127.0.0.1") -> None:
        self._listener = listener
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to accept."""
        self._listener.setblocking(False)
        self._server = await asyncio.start_server(self._serve, sock=self._listener)

    def lead_to(self, port: int) -> None:
        """Lead what comes from now on elsewhere."""
        self._port = port

    def close(self) -> None:
        """Accept no more, and end what is open."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await pass_on((reader, writer), await asyncio.open_connection(self._host, self._port))
        finally:
            writer.close()


class DatagramRelay:
    """A socket for datagrams and the port that it stands for. Each sender has a socket of its own, so that what comes
    back finds it; of too many the one that began first is forgotten.
    """

    def __init__(self, listener: socket.socket, port: int, host: str = "127.0.0.1") -> None:
        self._listener = listener
        self._target = (host, port)
        self._outer: dict[tuple[str, int], socket.socket] = {}

    async def start(self) -> None:
        """Begin to pass on."""
        self._listener.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listener, self._pass_in)

    def lead_to(self, port: int) -> None:
        """Lead what comes from now on elsewhere, also that of senders who began before."""
        target = (self._target[0], port)
        if target != self._target:
            self._target = target
            self._forget_all()

    def close(self) -> None:
        """Pass on no more."""
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        self._forget_all()

    def _pass_in(self) -> None:
        with contextlib.suppress(OSError):  # as with any datagram, what can't be passed on is lost
            data, sender = self._listener.recvfrom(_CHUNK)
            if sender not in self._outer:
                self._meet(sender)
            self._outer[sender].send(data)

    def _meet(self, sender: tuple[str, int]) -> None:
        if len(self._outer) >= _MOST_SENDERS:
            self._forget(next(iter(self._outer)))
        outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        outer.setblocking(False)
        outer.connect(self._target)
        self._outer[sender] = outer
        asyncio.get_running_loop().add_reader(outer, self._pass_back, sender)

    def _pass_back(self, sender: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):
            self._listener.sendto(self._outer[sender].recv(_CHUNK), sender)

    def _forget_all(self) -> None:
        for sender in tuple(self._outer):
            self._forget(sender)

    def _forget(self, sender: tuple[str, int]) -> None:
        outer = self._outer.pop(sender)
        asyncio.get_running_loop().remove_reader(outer)
        outer.close()
