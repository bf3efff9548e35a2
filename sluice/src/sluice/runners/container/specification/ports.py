"""Port mappings in docker's notation: ``5432:5432``, ``5432``, ``127.0.0.1:8080:80/udp``, ``7000-7002:8000-8002``.

In: the entries of ``ports:``. Out: one mapping for each port, ranges opened, or an error that names what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from sluice.source.errors import UsageError

PROTOCOLS = ("tcp", "udp", "sctp")
_FORM = re.compile(
    r"(?:(?:(?P<address>\[[0-9a-fA-F:.]+\]|[0-9.]*):)?(?P<host>[0-9-]*):)?(?P<container>[0-9-]+)(?:/(?P<protocol>\w+))?"
)
_HIGHEST = 65535


class PortMapping(Struct, frozen=True, kw_only=True):
    """``container`` is reached at ``host``; ``host`` ``None`` means any free port, ``address`` ``""`` any address."""

    container: int
    host: int | None = None
    protocol: str = "tcp"
    address: str = ""


def parse_ports(entries: Iterable[str]) -> tuple[PortMapping, ...]:
    """Every mapping, in order. Raises ``UsageError``, also where two want the same port of the host."""
    mappings = tuple(mapping for entry in entries for mapping in _parse(str(entry).strip()))
    wanted = [(mapping.address, mapping.host, mapping.protocol) for mapping in mappings if mapping.host is not None]
    for address, host, protocol in wanted:
        if wanted.count((address, host, protocol)) > 1:
            where = f"{address}:{host}" if address else f"{host}"
            raise UsageError(f"port {where}/{protocol} of the host is mapped more than once", hint="map each one once")
    return mappings


def _parse(text: str) -> Iterator[PortMapping]:
    match = _FORM.fullmatch(text)
    if match is None:
        raise _bad(text, "expected [address:][host port:]container port[/protocol]")
    protocol = (match["protocol"] or "tcp").lower()
    if protocol not in PROTOCOLS:
        raise _bad(text, f"'{protocol}' is no protocol; expected one of {', '.join(PROTOCOLS)}")
    containers = _range(text, match["container"])
    hosts: list[int | None] = [*_range(text, match["host"])] if match["host"] else [None] * len(containers)
    if len(hosts) != len(containers):
        raise _bad(text, f"its ranges have {len(hosts)} and {len(containers)} ports; expected equally many")
    address = (match["address"] or "").strip("[]")
    for host, container in zip(hosts, containers, strict=True):
        yield PortMapping(container=container, host=host or None, protocol=protocol, address=address)


def _range(text: str, ports: str) -> range:
    first, dash, last = ports.partition("-")
    if not first or (dash and not last) or "-" in last:
        raise _bad(text, f"'{ports}' is no port; expected a number or a range as 7000-7002")
    low, high = int(first), int(last or first)
    if low > high:
        raise _bad(text, f"the range {ports} ends before it begins")
    if high > _HIGHEST or (low == 0 and high > 0):
        raise _bad(text, f"port {ports} is out of range; expected 1 to {_HIGHEST}")
    return range(low, high + 1)


def _bad(text: str, reason: str) -> UsageError:
    return UsageError(f"'{text}' is no port mapping: {reason}", hint="for example 5432:5432, 5432, 53:53/udp")
