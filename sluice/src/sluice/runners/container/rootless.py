"""Podman without root keeps its networks in a namespace of its own: listening there for a job's containers.

In: an address of such a network, a port. Out: a socket that listens inside and is served from outside. A helper enters
by ``podman unshare --rootless-netns`` and hands the socket out; a socket stays where it was made.
"""

from __future__ import annotations

import socket
import subprocess
import sys

from sluice.source.errors import UnavailableError

_SECONDS = 60
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
