"""How a job with a network of its own reaches the outside: the address pool for NAT, name servers, host names.

In: the machine's routes, its ``resolv.conf`` and ``hosts``. Out: the values that a job's place is made with. It starts
nothing.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sluice.runners.host.inside.pool import POOL_PREFIX, SLOTS

POOLS = tuple(f"10.{second}.0.0" for second in range(201, 233))
_MTU = "1500"
_NOBODY = "198.51.100.1"
_ROUTES = Path("/proc/net/route")
_RESOLVER_FILES = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
_SLIRP_NAME_SERVER = "10.0.2.3"


def routed_networks(routes: str) -> list[ipaddress.IPv4Network]:
    """The networks of ``/proc/net/route``, without the default route and without jobs' own links."""
    found = []
    for line in routes.splitlines()[1:]:
        fields = line.split()
        if fields[0].startswith("sluice") or fields[1] == "00000000":
            continue
        address, mask = (ipaddress.IPv4Address(int(fields[at], 16).to_bytes(4, "little")) for at in (1, 7))
        found.append(ipaddress.IPv4Network(f"{address}/{mask}"))
    return found


def gateway(routes: str) -> str | None:
    """The next hop of the default route of ``/proc/net/route``; an address that nobody has (RFC 5737) where the link
    itself leads out; ``None`` without a default route.
    """
    found = re.search(r"^\S+\s+00000000\s+([0-9A-F]{8})\s", routes, re.MULTILINE)
    if found is None:
        return None
    return str(ipaddress.IPv4Address(bytes.fromhex(found[1])[::-1])) if int(found[1], 16) else _NOBODY


def free_pool(routes: Iterable[ipaddress.IPv4Network], servers: Iterable[str]) -> str | None:
    """The first pool of addresses that nothing on this machine routes or asks for names."""
    taken = [*routes, *(ipaddress.IPv4Network(server) for server in servers if ":" not in server)]
    for pool in POOLS:
        network = ipaddress.IPv4Network(f"{pool}/{POOL_PREFIX}")
        if not any(network.overlaps(other) for other in taken):
            return pool
    return None


def name_servers(text: str) -> list[str]:
    """The addresses of a ``resolv.conf``."""
    return re.findall(r"^\s*nameserver\s+([0-9a-fA-F.:]+)", text, re.MULTILINE)


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach it."""
    return ipaddress.ip_address(address).is_loopback


def reachable_resolver() -> str | None:
    """The text of the first ``resolv.conf`` whose servers a job with its own network can reach."""
    for path in _RESOLVER_FILES:
        text = _read(path)
        kept = [server for server in name_servers(text) if not is_loopback(server)]
        if kept:
            others = [line for line in text.splitlines() if not line.strip().startswith("nameserver")]
            return "\n".join([*others, *(f"nameserver {server}" for server in kept)]) + "\n"
    return None


def slirp_resolver() -> str:
    """The ``resolv.conf`` for a job whose way out is slirp4netns."""
    return f"nameserver {_SLIRP_NAME_SERVER}\n"


def address_translation() -> tuple[str, ...] | None:
    """(pool, first slot, MTU, gateway) for a way out by NAT; ``None`` when there is no outside or no free pool."""
    text = _read(_ROUTES)
    beyond = gateway(text)
    if beyond is None:
        return None
    pool = free_pool(routed_networks(text), name_servers(_read(_RESOLVER_FILES[0])))
    return None if pool is None else (pool, str(os.getpid() % SLOTS), _MTU, beyond)


def loopback_ports(environment: Iterable[str]) -> Iterator[int]:
    """Ports of this machine's loopback in the values of an environment: of proxies, registries, engines."""
    for value in environment:
        for host, port in re.findall(
            r"(?:https?|tcp)://(?:[^/@\s]*@)?(127\.\d+\.\d+\.\d+|localhost|\[::1\]):(\d{1,5})", value
        ):
            if host and 0 < int(port) < 65536:
                yield int(port)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
