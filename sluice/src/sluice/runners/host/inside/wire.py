"""The messages between the engine and the small processes that hold jobs.

A message is one or more packets of a ``SOCK_SEQPACKET`` pair: a header, then a piece of the body. File descriptors and
credentials travel beside the first packet. Bodies are groups of strings without NUL; nothing is ever unpickled, because
a job's own processes run next to the process at the other end.
"""

from __future__ import annotations

import _socket as socket
import struct
from _collections_abc import Iterator, Sequence

# Engine to spawner.
OPEN = 1
# Engine to keeper.
START = 10
SIGNAL = 11
KILL_TREE = 12
LISTEN = 13
# Keeper to engine.
READY = 20
FAILED = 21
STARTED = 22
EXITED = 23
KILLED = 24
LISTENING = 25

HEADER = struct.Struct("<BBxxIi")
CREDENTIALS = struct.Struct("3i")
# A packet must fit the smallest send buffer that kernels give (about 200 KiB) with room for a few in flight.
PIECE = 32 * 1024
PACKET = HEADER.size + PIECE


def packets(kind: int, number: int, value: int = 0, body: bytes = b"") -> Iterator[bytes]:
    """The packets of one message, in order; the last one says that it is the last."""
    for start in range(0, max(len(body), 1), PIECE):
        last = start + PIECE >= len(body)
        yield HEADER.pack(kind, last, number, value) + body[start : start + PIECE]


class Assembler:
    """Puts the packets of messages together again; messages of different numbers may be interleaved."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, int], list[bytes]] = {}

    def add(self, packet: bytes) -> tuple[int, int, int, bytes] | None:
        """The whole message (kind, number, value, body) once its last packet is here."""
        kind, last, number, value = HEADER.unpack_from(packet)
        pieces = self._pieces.setdefault((kind, number), [])
        pieces.append(packet[HEADER.size :])
        if not last:
            return None
        del self._pieces[kind, number]
        return kind, number, value, b"".join(pieces)


def receive(connection: socket.socket, room: int, flags: int = 0) -> tuple[bytes, list[tuple[int, int, bytes]]]:
    """The next packet and what travelled beside it, which may fill ``room`` bytes. Descriptors stay in this process: a
    job that had its own would talk to the engine, and whatever it leaves behind would hold its output.
    """
    packet, ancillary, _, _ = connection.recvmsg(PACKET, room, flags | socket.MSG_CMSG_CLOEXEC)
    return packet, ancillary


def descriptors(ancillary: Sequence[tuple[int, int, bytes]]) -> list[int]:
    """The file descriptors that travelled beside a packet."""
    found: list[int] = []
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found += struct.unpack(f"{len(data) // 4}i", data[: len(data) - len(data) % 4])
    return found


def process(ancillary: Sequence[tuple[int, int, bytes]]) -> int | None:
    """The process that a packet's credentials name, in the reader's own numbers."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            return int(CREDENTIALS.unpack(data)[0])
    return None


def pack(groups: Sequence[Sequence[str]]) -> bytes:
    """Groups of strings as bytes; raises ``ValueError`` when a string holds a NUL."""
    strings = [text for group in groups for text in (str(len(group)), *group)]
    body = "\0".join(strings)
    if body.count("\0") != max(len(strings) - 1, 0):
        raise ValueError("embedded null byte")
    return body.encode("utf-8", "surrogateescape")


def unpack(body: bytes) -> list[list[str]]:
    """The groups that ``pack`` was given."""
    strings = body.decode("utf-8", "surrogateescape").split("\0")
    groups: list[list[str]] = []
    position = 0
    while position < len(strings):
        end = position + 1 + int(strings[position])
        groups.append(strings[position + 1 : end])
        position = end
    return groups
