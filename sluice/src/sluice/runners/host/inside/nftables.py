"""The packet filter rules that jobs need: what leaves their networks takes the machine's address, and is counted.

The table belongs to the socket that made it: the kernel removes it when that socket is closed, also after ``kill -9``
(``NFT_TABLE_F_OWNER``, Linux 5.12). Constants are those of the kernel's ``nf_tables.h``.
"""

from __future__ import annotations

import _socket as socket
import struct

from sluice.runners.host.inside.netlink import (
    ACKNOWLEDGE,
    CREATE,
    NETFILTER,
    Socket,
    attribute,
    attributes,
    nested,
    text,
)

_SUBSYSTEM = 10
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_NEW_TABLE, _NEW_CHAIN, _NEW_RULE, _GET_RULE = 0, 3, 6, 7
_OWNED_BY_SOCKET = 2
_POST_ROUTING, _FILTER_PRIORITY, _SOURCE_NAT_PRIORITY = 4, 0, 100
_APPEND, _ALL = 0x800, 0x300
_REGISTER = 1
_NETWORK_HEADER, _SOURCE_ADDRESS = 1, 12


def masquerade(table: str, network: str, prefix: int) -> Socket:
    """Let what comes from this IPv4 network out by the machine's address, as long as the answer is kept open.

    Raises ``OSError`` without the right to do so or without ``nf_tables`` in the kernel.
    """
    link = Socket(NETFILTER)
    try:
        requests = (
            _message(link, _NEW_TABLE, CREATE, text(1, table) + attribute(2, struct.pack(">I", _OWNED_BY_SOCKET))),
            _message(link, _NEW_CHAIN, CREATE, _chain(table, "counted", "filter", _FILTER_PRIORITY)),
            _message(link, _NEW_RULE, CREATE | _APPEND, _rule(table, "counted", network, prefix, "counter")),
            _message(link, _NEW_CHAIN, CREATE, _chain(table, "leaving", "nat", _SOURCE_NAT_PRIORITY)),
            _message(link, _NEW_RULE, CREATE | _APPEND, _rule(table, "leaving", network, prefix, "masq")),
        )
        link.send(_batch(link, _BATCH_BEGIN) + b"".join(requests) + _batch(link, _BATCH_END), answers=len(requests))
    except BaseException:
        link.close()
        raise
    return link


def packets(table: str) -> int:
    """How many packets have left the network of this table so far. Counted apart: of several tables that translate one
    network only the first sees a connection.
    """
    header = struct.pack(">BBH", socket.AF_INET, 0, 0)
    with Socket(NETFILTER) as link:
        rule = link.ask(_SUBSYSTEM << 8 | _GET_RULE, header + text(1, table) + text(2, "counted"), _ALL)
    for _, expression in attributes(dict(attributes(rule[len(header) :]))[4]):
        named = dict(attributes(expression))
        if named[1] == b"counter\0":
            return int.from_bytes(dict(attributes(named[2]))[2], "big")
    return 0


def _batch(link: Socket, kind: int) -> bytes:
    return link.message(kind, 0, struct.pack(">BBH", 0, 0, _SUBSYSTEM))


def _message(link: Socket, kind: int, flags: int, body: bytes) -> bytes:
    header = struct.pack(">BBH", socket.AF_INET, 0, 0)
    return link.message(_SUBSYSTEM << 8 | kind, flags | ACKNOWLEDGE, header + body)


def _chain(table: str, name: str, kind: str, priority: int) -> bytes:
    hook = nested(4, attribute(1, _number(_POST_ROUTING)), attribute(2, _number(priority)))
    return text(1, table) + text(3, name) + hook + text(7, kind)


def _rule(table: str, chain: str, network: str, prefix: int, action: str) -> bytes:
    mask = (0xFFFFFFFF << (32 - prefix) & 0xFFFFFFFF).to_bytes(4, "big")
    register = attribute(1, _number(_REGISTER))
    source = attribute(2, _number(_NETWORK_HEADER)) + attribute(3, _number(_SOURCE_ADDRESS)) + attribute(4, _number(4))
    cut = attribute(2, _number(_REGISTER)) + attribute(3, _number(4)) + _data(4, mask) + _data(5, bytes(4))
    equal = attribute(2, _number(0)) + _data(3, socket.inet_aton(network))
    expressions = (
        _expression("payload", register + source),
        _expression("bitwise", register + cut),
        _expression("cmp", register + equal),
        _expression(action),
    )
    return text(1, table) + text(2, chain) + nested(4, *expressions)


def _expression(name: str, details: bytes = b"") -> bytes:
    return nested(1, text(1, name), nested(2, details))


def _data(kind: int, value: bytes) -> bytes:
    return nested(kind, attribute(1, value))


def _number(value: int) -> bytes:
    return struct.pack(">I", value)
