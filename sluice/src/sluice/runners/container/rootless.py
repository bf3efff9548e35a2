"""Podman without root keeps its networks in a namespace of its own: listening there for a job's containers.

In: an address of such a network, a port. Out: a socket that listens inside and is served from outside. A helper enters
by ``podman unshare --rootless-netns`` and hands the socket out; a socket stays where it was made. Whenever the last
container of the user's ends, Podman takes the namespace away and makes a new one for the next: then it is listened in
anew.
"""

from __future__ import annotations

import errno
import socket
import subprocess
import sys

import anyio.from_thread
import anyio.to_thread

from sluice.runners.host.isolation.relay import Relay
from sluice.source.errors import UnavailableError

_SECONDS = 60
_HAD = f"[Errno {errno.EADDRINUSE}]"
_LISTEN = """
import os, socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND: the address comes with the first container
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen()
socket.send_fds(socket.socket(fileno=os.dup(0)), [b"."], [listener.fileno()])
"""


def listen_inside(address: str, port: int) -> socket.socket:
    """A socket that listens there, on port 0 on a free one. Raises ``UnavailableError`` with Podman's words."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = ["podman", "unshare", "--rootless-netns", sys.executable, "-I", "-S", "-c", _LISTEN]
        try:
            subprocess.run(
                [*command, address, str(port)], stdin=theirs.fileno(), capture_output=True, timeout=_SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            words = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip()
            raise UnavailableError(
                f"port {port} of the job's network can't be listened on: Podman without root keeps it to itself",
                tried=[words.splitlines()[-1] if words else str(error)],
                hint="Sluice must run as the user whose Podman it is, with 'podman' on its PATH",
            ) from error
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    return socket.socket(fileno=descriptors[0])


class _Led(socket.socket):
    """What is served; ``place`` is where a job's containers connect to."""

    place: tuple[str, int]

    def getsockname(self) -> tuple[str, int]:
        return self.place


class ListensInside:
    """How a job's network is listened in: what is served stands on this machine, and is led to from inside."""

    def __init__(self) -> None:
        self._led: list[tuple[_Led, Relay]] = []

    def __call__(self, address: str, port: int) -> socket.socket:
        """As ``listen_inside``, in a thread of ``anyio``'s."""
        inside = listen_inside(address, port)
        served = _Led(fileno=socket.create_server(("127.0.0.1", 0)).detach())
        served.place = inside.getsockname()
        anyio.from_thread.run(self._lead, served, inside)
        return served

    async def renew(self) -> None:
        """Once a container of the job's runs, its namespace stays: listen there, where that is another one by now."""
        for served, relay in tuple(self._led):
            try:
                inside = await anyio.to_thread.run_sync(listen_inside, *served.place)
            except UnavailableError as error:
                if not any(_HAD in one for one in error.tried):  # it is the same one
                    raise
            else:
                relay.close()
                self._led.remove((served, relay))
                await self._lead(served, inside)

    def close(self) -> None:
        """Lead there no more."""
        for _, relay in self._led:
            relay.close()

    async def _lead(self, served: _Led, inside: socket.socket) -> None:
        relay = Relay(inside, socket.socket.getsockname(served)[1])
        await relay.start()
        self._led.append((served, relay))
