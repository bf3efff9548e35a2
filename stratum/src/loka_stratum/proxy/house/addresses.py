"""Host names in, addresses out, remembered for a minute so that a thousand miners ask the resolver once."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from time import monotonic

from loka_stratum.configuration.values import Endpoint

_KEPT_SECONDS = 60.0


class Addresses:
    """Resolved names. Where the resolver is away, what it said last is used."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, list[str]]] = {}
        self._asking: dict[str, asyncio.Future[list[str]]] = {}

    async def of(self, place: Endpoint) -> list[str]:
        """The addresses of a host, at least one. Raises ``OSError``."""
        if _is_address(place.host):
            return [place.host]
        now = monotonic()
        kept = self._known.get(place.host)
        if kept and now - kept[0] < _KEPT_SECONDS:
            return kept[1]
        try:
            found = await self._ask_once(place.host)
        except OSError:
            if kept is None:
                raise
            return kept[1]
        self._known[place.host] = (now, found)
        return found

    def doubt(self, place: Endpoint) -> None:
        """Nothing answered there: the name may stand for another address by now."""
        kept = self._known.get(place.host)
        if kept is not None:
            self._known[place.host] = (float("-inf"), kept[1])

    async def _ask_once(self, host: str) -> list[str]:
        """Ask the resolver; who asks the same meanwhile gets the same answer."""
        asking = self._asking.get(host)
        if asking is None:
            asking = self._asking[host] = asyncio.ensure_future(_resolve(host))
            asking.add_done_callback(lambda _: self._asking.pop(host, None))
        return await asyncio.shield(asking)


async def _resolve(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses:
        raise OSError(f"{host} has no address")
    return addresses


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
