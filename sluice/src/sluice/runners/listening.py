"""Sockets of this machine that a job's processes connect to. In: an address and a port. Out: a socket that listens."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

Listen: TypeAlias = Callable[[str, int], socket.socket]
"""An address and a port, 0 for a free one, to a socket that listens there. Raises ``OSError``."""

_IP_FREEBIND = 15  # linux/in.h; Python has no name for it


def listen_on(address: str, port: int, *, ahead: bool = False) -> socket.socket:
    """A socket that listens there, on port 0 on a free one; ``ahead`` of the time when the address is this machine's
    (Linux). Raises ``OSError``.
    """
    if not ahead:
        return socket.create_server((address, port))
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        listener.bind((address, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def listen_for_datagrams(address: str, port: int) -> socket.socket:
    """A socket that gets datagrams there, on port 0 on a free one. Raises ``OSError``."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        listener.bind((address, port))
    except OSError:
        listener.close()
        raise
    return listener


listen_ahead: Listen = partial(listen_on, ahead=True)


def is_here(address: str) -> bool:
    """Whether an address is this machine's now."""
    try:
        socket.create_server((address, 0)).close()
    except OSError:
        return False
    return True
