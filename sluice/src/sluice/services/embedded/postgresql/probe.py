"""Whether a PostgreSQL server accepts connections, asked in its own protocol: what ``pg_isready`` does.

In: an address or a socket. Out: accepting, refusing (it is starting or stopping) or no answer. No client is needed.
The messages are those of the manual's chapter "Frontend/Backend Protocol".
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

_PROTOCOL = 196_608  # 3.0
_STARTING = b"C57P03\0"
_SECONDS = 3.0


class Readiness(Enum):
    """The answers of ``pg_isready``, with its exit codes."""

    ACCEPTING = 0
    REJECTING = 1
    SILENT = 2


def probe_socket(folder: Path, port: int, user: str = "postgres", database: str = "postgres") -> Readiness:
    """Ask the server that listens in a folder's socket. The folder's path may be of any length."""
    try:
        with _connected(folder, f".s.PGSQL.{port}") as connection:
            return _ask(connection, user, database)
    except OSError:
        return Readiness.SILENT


def probe_address(host: str, port: int, user: str = "postgres", database: str = "postgres") -> Readiness:
    """Ask the server at an address."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            return _ask(connection, user, database)
    except OSError:
        return Readiness.SILENT


@contextmanager
def _connected(folder: Path, name: str) -> Iterator[socket.socket]:
    """A socket's path has at most some hundred bytes, so the folder is named by a descriptor where that works."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        short = Path(f"/proc/self/fd/{descriptor}")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(str((short if short.exists() else folder) / name))
            yield connection
    finally:
        os.close(descriptor)


def _ask(connection: socket.socket, user: str, database: str) -> Readiness:
    connection.sendall(startup_message(user, database))
    return read_answer(connection.recv(4096))


def startup_message(user: str, database: str) -> bytes:
    """The first message of a client."""
    pairs = ("user", user, "database", database, "application_name", "pg_isready")
    body = struct.pack("!I", _PROTOCOL) + b"".join(text.encode() + b"\0" for text in pairs) + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def read_answer(answer: bytes) -> Readiness:
    """A request to authenticate, or an error about the login, comes from a server that accepts connections."""
    match answer[:1]:
        case b"R":
            return Readiness.ACCEPTING
        case b"E":
            return Readiness.REJECTING if _STARTING in answer else Readiness.ACCEPTING
        case _:
            return Readiness.SILENT
