"""Whether a Redis server answers, asked in its own protocol: what ``redis-cli ping`` does."""

from __future__ import annotations

import socket
from pathlib import Path

_SECONDS = 3.0
_ALIVE = (b"+PONG", b"-NOAUTH")


def answers(place: Path) -> bool:
    """Whether the server at a socket's path answers; one that asks for a password does."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(str(place))
            connection.sendall(b"PING\r\n")
            return connection.recv(256).startswith(_ALIVE)
    except OSError:
        return False
