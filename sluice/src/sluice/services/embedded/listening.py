"""Where an embedded server listens: one port, on the address of its job.

In: the port mappings of a service. Out: the port, and the mapping as ``job.services.NAME.ports`` shows it; or the
reason why these mappings need a container engine.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence

from msgspec import Struct

from sluice.runners.container.specification.ports import parse_ports
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.protocol import Place


class Listening(Struct, frozen=True, kw_only=True):
    """``host`` is the name that the job uses; ``port`` is where the server listens."""

    host: str
    address: str
    port: int
    ports: Mapping[str, str]


def cannot_map(entries: Sequence[str], served: int) -> str | None:
    """Why an embedded server that serves one port can't serve these mappings, as half a sentence; or ``None``."""
    mappings = parse_ports(entries)
    others = [mapping for mapping in mappings if mapping.container != served or mapping.protocol != "tcp"]
    if others:
        return f"it serves port {served}/tcp alone, not {others[0].container}/{others[0].protocol}"
    if len(mappings) > 1:
        return f"it can map port {served} to one port, not to {len(mappings)}"
    return None


def find_listening(request: ContainerRequest, place: Place, served: int) -> Listening:
    """Where it listens: the mapped port, a free one where the mapping leaves it open, else its usual one."""
    mapping = next(iter(parse_ports(request.ports)), None)
    if place.led:
        port = free_port(place.address)
        return Listening(host=request.name, address=place.address, port=port, ports={str(served): str(port)})
    if place.by_name or mapping is None:
        return Listening(host=request.name, address=place.address, port=served, ports={})
    port = mapping.host or free_port(place.address)
    address = place.address if mapping.address in _ANY else mapping.address
    return Listening(host="localhost", address=address, port=port, ports={str(served): str(port)})


_ANY = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - what a mapping may say; the job's own address is bound instead


def free_port(address: str) -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port
