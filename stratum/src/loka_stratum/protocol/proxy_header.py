"""The PROXY header, versions 1 and 2: the first bytes of a connection in, the address that it comes from out.

A load balancer sends it before everything else, so that who stands behind is known. Sections are those of
https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt. Whether a header is to come is configured, never guessed
(section 2).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
"""How version 2 begins."""
FIRST_WORD = b"PROXY "
"""How version 1 begins."""
_LONGEST_LINE = 107
"""Section 2.1, with its end."""
_LONGEST_BLOCK = 4096
"""Addresses and extensions of version 2 take 16 bits; nobody sends more than this."""
_FIXED = 16
LONGEST = _FIXED + _LONGEST_BLOCK
"""Bytes of the longest header that is taken."""
_LINE = re.compile(rb"PROXY (TCP4|TCP6) (\S+) (\S+) (\d{1,5}) (\d{1,5})")
_ADDRESS_SIZES = {0x1: 4, 0x2: 16, 0x3: 108}
"""Bytes of an address, by family: IPv4, IPv6, UNIX."""


class HeaderError(Exception):
    """It is no PROXY header. The text says why, in words fit for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Who the connection comes from; None where the balancer speaks for itself, as its health checks do. ``rest`` is
    what came behind the header.
    """

    address: str | None
    rest: bytes


def looks_like_header(head: bytes) -> bool:
    """Whether these first bytes are those of a header, as far as they go."""
    return head.startswith((FIRST_WORD, SIGNATURE)) or (len(head) > 2 and SIGNATURE.startswith(head))


def read_header(head: bytes) -> Announced | None:
    """What the first bytes of a connection announce; None until the header is whole. Raises ``HeaderError``.

    >>> read_header(b"PROXY TCP4 203.0.113.7 198.51.100.1 40000 3333\\r\\n{}")
    Announced(address='203.0.113.7', rest=b'{}')
    """
    if SIGNATURE.startswith(head[: len(SIGNATURE)]):
        return _read_block(head) if len(head) >= _FIXED else None
    if FIRST_WORD.startswith(head[: len(FIRST_WORD)]):
        return _read_line(head)
    raise HeaderError("it does not begin with a PROXY header")


def _read_line(head: bytes) -> Announced | None:
    """Version 1 (section 2.1): a line of text."""
    line, ended, rest = head[:_LONGEST_LINE].partition(b"\r\n")
    if not ended:
        if len(head) >= _LONGEST_LINE:
            raise HeaderError(f"the PROXY line is longer than {_LONGEST_LINE} bytes")
        return None
    rest += head[_LONGEST_LINE:]
    if line.startswith(b"PROXY UNKNOWN"):
        return Announced(None, rest)
    found = _LINE.fullmatch(line)
    if found is None:
        raise HeaderError("the PROXY line is not PROXY TCP4|TCP6, two addresses and two ports")
    family, source, target = found[1].decode(), found[2], found[3]
    addresses = [_parsed(text, 4 if family == "TCP4" else 6) for text in (source, target)]
    if any(int(port) > 65535 for port in (found[4], found[5])):
        raise HeaderError("a port of the PROXY line is above 65535")
    return Announced(addresses[0], rest)


def _parsed(text: bytes, version: int) -> str:
    try:
        address = ipaddress.ip_address(text.decode("ascii"))
    except ValueError:
        raise HeaderError("an address of the PROXY line can't be read") from None
    if address.version != version:
        raise HeaderError("an address of the PROXY line is of another family")
    return str(address)


def _read_block(head: bytes) -> Announced | None:
    """Version 2 (section 2.2): command, family and length, then addresses, then extensions, which nobody reads here."""
    command, family, length = head[12], head[13], int.from_bytes(head[14:16], "big")
    if command not in {0x20, 0x21}:
        raise HeaderError(f"version and command of the PROXY header are {command:#04x}, not 0x20 or 0x21")
    if length > _LONGEST_BLOCK:
        raise HeaderError(f"the PROXY header announces {length} bytes, more than {_LONGEST_BLOCK}")
    end = _FIXED + length
    if len(head) < end:
        return None
    rest = head[end:]
    if command == 0x20 or family == 0x00:
        return Announced(None, rest)
    return Announced(_address(family, head[_FIXED:end]), rest)


def _address(family: int, block: bytes) -> str | None:
    size = _ADDRESS_SIZES.get(family >> 4)
    if size is None or family & 0xF not in {0x1, 0x2}:
        raise HeaderError(f"the PROXY header's family {family:#04x} is not known")
    if len(block) < 2 * size + (0 if size == 108 else 4):
        raise HeaderError("the PROXY header is too short for its addresses")
    return None if size == 108 else str(ipaddress.ip_address(block[:size]))
