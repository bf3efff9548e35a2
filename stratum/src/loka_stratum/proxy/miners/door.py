"""The first bytes of a connection in, what speaks there out: Stratum, HTTP CONNECT (then Stratum), other HTTP, TLS, or
a balancer that nobody expected.

A CONNECT is answered and the tunnel then ends here, whatever target it names: this is no open proxy.
"""

from __future__ import annotations

import re
from enum import Enum

from loka_stratum.protocol.proxy_header import SIGNATURE, looks_like_header

_REQUEST = re.compile(rb"([A-Z]{3,20}) (\S{1,2000}) HTTP/1\.[01]\r?$")
_START = re.compile(rb"[A-Z]{1,20}( |$)")
_HEAD_LIMIT = 8192
_TLS_HANDSHAKE = 0x16
_WORDS = b"This port speaks Stratum, the mining protocol. Health and metrics are served on another port.\n"

CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
NOT_HTTP = (
    b"HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b" % (len(_WORDS), _WORDS)
)
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Visitor(Enum):
    """What speaks."""

    STRATUM = "stratum"
    CONNECT = "connect"
    HTTP = "http"
    HTTP_TOO_LONG = "http-too-long"
    TLS = "tls"
    BALANCER = "balancer"


class Door:
    """Holds a connection's first bytes until it is known what speaks."""

    __slots__ = ("_head",)

    def __init__(self) -> None:
        self._head = b""

    def feed(self, data: bytes) -> tuple[Visitor, bytes] | None:
        """What speaks, with the bytes that are Stratum's; None while that can't be told."""
        head = self._head = self._head + data
        if head[0] == _TLS_HANDSHAKE:
            return Visitor.TLS, b""
        if looks_like_header(head):
            return (Visitor.BALANCER, b"") if len(head) >= len(SIGNATURE) else None
        return self._read_request(head)

    @staticmethod
    def _read_request(head: bytes) -> tuple[Visitor, bytes] | None:
        """HTTP or Stratum."""
        first, ended, _ = head.partition(b"\n")
        if not ended:
            return None if _START.match(first) and len(head) <= _HEAD_LIMIT else (Visitor.STRATUM, head)
        request = _REQUEST.match(first)
        if request is None:
            return Visitor.STRATUM, head
        if request[1] != b"CONNECT":
            return Visitor.HTTP, b""
        end = re.search(rb"\r?\n\r?\n", head)
        if end is not None:
            return Visitor.CONNECT, head[end.end() :]
        return None if len(head) <= _HEAD_LIMIT else (Visitor.HTTP_TOO_LONG, b"")
