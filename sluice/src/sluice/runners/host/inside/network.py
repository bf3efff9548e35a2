"""A job's own network: its loopback, and a pair of links to the machine where there is an outside.

The link's name on the machine's side is the claim on its part of the address pool, so that two engines never take
the same one; the kernel removes the pair with the job's namespace.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
from _collections_abc import Sequence

from sluice.runners.host.inside import netlink
from sluice.runners.host.inside.pool import ADDRESSES_PER_SLOT, SLOTS

_LOOPBACK = 1


def connect(outer: netlink.Socket | None, outside: Sequence[str]) -> None:
    """Bring the loopback up and, with ``outside`` (pool, first slot, MTU, gateway), connect ``eth0`` with the machine.

    ``outer`` is a socket that was made in the machine's namespace. Raises ``OSError``.
    """
    with netlink.Socket(netlink.ROUTE) as inner:
        netlink.bring_up(inner, _LOOPBACK)
        if outer is not None:
            with outer:
                _connect(outer, inner, outside)


def _connect(outer: netlink.Socket, inner: netlink.Socket, outside: Sequence[str]) -> None:
    pool, first, mtu, _ = outside
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        slot = _create(outer, own, int(first), int(mtu))
    finally:
        os.close(own)
    base = int.from_bytes(socket.inet_aton(pool), "big") + ADDRESSES_PER_SLOT * slot
    here, there = (socket.inet_ntoa((base + host).to_bytes(4, "big")) for host in (1, 2))
    our_end, our_hardware = _bring_up(outer, f"sluice{slot}", here)
    own_end, own_hardware = _bring_up(inner, "eth0", there)
    netlink.add_default_route(inner, here)
    # An answer to who has which address is lost while the kernel still wakes the link; asking again takes a second.
    netlink.add_neighbour(outer, our_end, there, own_hardware)
    netlink.add_neighbour(inner, own_end, here, our_hardware)


def _bring_up(link: netlink.Socket, name: str, address: str) -> tuple[int, bytes]:
    index, hardware = netlink.identify(link, name)
    netlink.add_address(link, index, address, 30)
    netlink.bring_up(link, index)
    return index, hardware


def _create(outer: netlink.Socket, own: int, first: int, mtu: int) -> int:
    for slot in range(first, first + SLOTS):
        try:
            netlink.create_pair(outer, f"sluice{slot % SLOTS}", "eth0", own, mtu)
        except FileExistsError:
            continue
        return slot % SLOTS
    raise OSError(errno.ENOSPC, "every address of the pool is taken")
