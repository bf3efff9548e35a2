"""The PROXY header, version 2: who connects, and to which address, in; the bytes that say so out.

After section 2.2 of https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_LOCAL, _PROXY = b"\x20", b"\x21"
_STREAM = {4: b"\x11", 6: b"\x21"}

Socket = Sequence[str | int]
"""As the standard library has it: the address, the port, and what IPv6 has besides."""


def header(source: Socket | None, target: Socket | None) -> bytes:
    """The header of a TCP connection. Where an end is not known any more, it says that nobody is announced.

    >>> header(("203.0.113.7", 40000), ("198.51.100.1", 3333))[12:].hex(" ", 4)
    '2111000c cb007107 c6336401 9c400d05'
    """
    if not source or not target:
        return _SIGNATURE + _LOCAL + b"\0\0\0"
    ends = [_address(source), _address(target)]
    if ends[0].version != ends[1].version:
        ends = [_as_six(end) for end in ends]
    addresses = b"".join(end.packed for end in ends)
    ports = b"".join(int(end[1]).to_bytes(2, "big") for end in (source, target))
    length = (len(addresses) + len(ports)).to_bytes(2, "big")
    return _SIGNATURE + _PROXY + _STREAM[ends[0].version] + length + addresses + ports


def _address(end: Socket) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address; one of IPv4 that came through a socket of IPv6 is of IPv4."""
    found = ipaddress.ip_address(str(end[0]).partition("%")[0])
    return found.ipv4_mapped or found if found.version == 6 else found


def _as_six(end: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv6Address:
    return end if end.version == 6 else ipaddress.IPv6Address(b"\0" * 10 + b"\xff\xff" + end.packed)
