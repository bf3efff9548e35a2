"""Addresses that misbehave: offences in, who is banned and until when out. Bounded, the oldest are forgotten first."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeVar

from loka_stratum.configuration.kinds import Network

_Entry = TypeVar("_Entry")


class BanList:
    """Counts offences of addresses within ``duration`` seconds, and bans at ``offences`` of them for as long."""

    def __init__(self, *, offences: int, duration: float, capacity: int, trusted: Sequence[Network] = ()) -> None:
        self._offences = offences
        self._duration = duration
        self._capacity = capacity
        self._trusted = tuple(trusted)
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._until: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def offend(self, address: str, now: float) -> bool:
        """Note an offence; True if the address is banned from now on."""
        if not self._duration or self._is_trusted(address):
            return False
        count, since = self._counts.pop(address, (0, now))
        if now - since > self._duration:
            count, since = 0, now
        if count + 1 >= self._offences:
            self._until.pop(address, None)
            _put(self._until, address, now + self._duration, self._capacity)
            return True
        _put(self._counts, address, (count + 1, since), self._capacity)
        return False

    def is_banned(self, address: str, now: float) -> bool:
        """Whether the address is banned at ``now``; a ban that has run out is forgotten."""
        until = self._until.get(address)
        if until is None:
            return False
        if now < until:
            return True
        del self._until[address]
        return False

    def expire(self, now: float) -> None:
        """Forget what has run out. Both lists are in the order of time."""
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)

    def standing(self, now: float) -> list[tuple[str, float]]:
        """Banned addresses with the seconds that are left."""
        return [(address, until - now) for address, until in self._until.items() if until > now]

    def _is_trusted(self, address: str) -> bool:
        return is_within(address, self._trusted)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address is of one of the networks. What is no address is of none."""
    if not networks:
        return False
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(place in network for network in networks if network.version == place.version)


def _put(entries: OrderedDict[str, _Entry], address: str, value: _Entry, capacity: int) -> None:
    entries[address] = value
    while len(entries) > capacity:
        entries.popitem(last=False)
