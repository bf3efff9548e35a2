"""A small part of netlink: links, addresses and routes, as ``rtnetlink(7)`` describes them.

What goes in is bytes and numbers; what comes out is the kernel's answer, or ``OSError`` with the kernel's number. A
link is bound to the network namespace in which its socket was made, wherever the process goes later.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
import struct
from _collections_abc import Iterator

ROUTE, NETFILTER = 0, 12
REQUEST, ACKNOWLEDGE, EXCLUSIVE, CREATE = 0x01, 0x04, 0x200, 0x400
ERROR = 2
NEW_LINK, GET_LINK, NEW_ADDRESS, NEW_ROUTE, NEW_NEIGHBOUR = 16, 18, 20, 24, 28
PERMANENT = 0x80
NESTED = 0x8000
INTERFACE_UP = 1
_MESSAGE = struct.Struct("=IHHII")


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded to four bytes."""
    return struct.pack("=HH", len(value) + 4, kind) + value + b"\0" * (-len(value) % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute that holds others."""
    return attribute(kind | NESTED, b"".join(attributes))


def text(kind: int, value: str) -> bytes:
    """An attribute with a string that ends in NUL."""
    return attribute(kind, value.encode() + b"\0")


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (kind, value) of each attribute in ``data``."""
    position = 0
    while position + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, position)
        yield kind & ~NESTED, data[position + 4 : position + length]
        position += (length + 3) & ~3


class Socket:
    """A netlink socket of one protocol."""

    def __init__(self, protocol: int) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        try:
            self._socket.bind((0, 0))
            self._socket.settimeout(5)
        except OSError:
            self._socket.close()
            raise
        self._number = 0

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def close(self) -> None:
        """Give it back; what the kernel bound to it goes with it."""
        self._socket.close()

    def message(self, kind: int, flags: int, body: bytes) -> bytes:
        """A message with the next number."""
        self._number += 1
        return _MESSAGE.pack(_MESSAGE.size + len(body), kind, flags | REQUEST, self._number, 0) + body

    def request(self, kind: int, flags: int, body: bytes) -> None:
        """Send one message and wait for the kernel's word; raises ``OSError`` when it is no."""
        self.send(self.message(kind, flags | ACKNOWLEDGE, body), answers=1)

    def send(self, data: bytes, answers: int) -> None:
        """Send messages, ``answers`` of which ask for an acknowledgement; raises the first error."""
        self._socket.send(data)
        while answers > 0:
            for kind, body in self._receive():
                if kind == ERROR:
                    _raise(body)
                    answers -= 1

    def ask(self, kind: int, body: bytes, flags: int = 0) -> bytes:
        """The body of the kernel's first answer to a question."""
        self._socket.send(self.message(kind, flags, body))
        for answer, content in self._receive():
            if answer == ERROR:
                _raise(content)
            return content
        raise OSError(errno.EPROTO, "the kernel gave no answer")

    def _receive(self) -> Iterator[tuple[int, bytes]]:
        return messages(self._socket.recv(1 << 18))


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (kind, body) of each message in ``data``."""
    position = 0
    while position + _MESSAGE.size <= len(data):
        length, kind, *_ = _MESSAGE.unpack_from(data, position)
        yield kind, data[position + _MESSAGE.size : position + length]
        position += (length + 3) & ~3


def _raise(body: bytes) -> None:
    (code,) = struct.unpack_from("=i", body)
    if code:
        raise OSError(-code, os.strerror(-code))


def _link(flags: int = 0, index: int = 0) -> bytes:
    return struct.pack("=BBHiII", socket.AF_UNSPEC, 0, 0, index, flags, flags)


def create_pair(link: Socket, name: str, inner: str, namespace: int, mtu: int) -> None:
    """A veth pair, both ends down: ``name`` here, ``inner`` in the namespace of this descriptor."""
    size = attribute(4, struct.pack("=I", mtu))
    peer = attribute(1, _link() + text(3, inner) + attribute(28, struct.pack("=i", namespace)) + size)
    kind = nested(18, attribute(1, b"veth"), nested(2, peer))
    link.request(NEW_LINK, CREATE | EXCLUSIVE, _link() + text(3, name) + size + kind)


def bring_up(link: Socket, index: int) -> None:
    """Switch a link on."""
    link.request(NEW_LINK, 0, _link(INTERFACE_UP, index))


def add_address(link: Socket, index: int, address: str, prefix: int) -> None:
    """Give an IPv4 address to a link."""
    raw = socket.inet_aton(address)
    header = struct.pack("=BBBBI", socket.AF_INET, prefix, 0, 0, index)
    link.request(NEW_ADDRESS, CREATE | EXCLUSIVE, header + attribute(2, raw) + attribute(1, raw))


def add_default_route(link: Socket, gateway: str) -> None:
    """The IPv4 default route: main table, protocol static, scope universe, unicast."""
    header = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, 254, 4, 0, 1, 0)
    link.request(NEW_ROUTE, CREATE | EXCLUSIVE, header + attribute(5, socket.inet_aton(gateway)))


def add_neighbour(link: Socket, index: int, address: str, hardware: bytes) -> None:
    """Say once and for all which hardware address an IPv4 address of this link has, so that nobody needs to ask."""
    header = struct.pack("=BxHiHBB", socket.AF_INET, 0, index, PERMANENT, 0, 0)
    link.request(NEW_NEIGHBOUR, CREATE, header + attribute(1, socket.inet_aton(address)) + attribute(2, hardware))


def identify(link: Socket, name: str) -> tuple[int, bytes]:
    """The number and the hardware address of a link in the socket's network namespace."""
    answer = link.ask(GET_LINK, _link() + text(3, name))
    (index,) = struct.unpack_from("=i", answer, 4)
    return int(index), dict(attributes(answer[16:]))[1]
