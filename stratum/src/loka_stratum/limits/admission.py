"""Who may connect: addresses in, a refusal or none out. It counts connections, in all and by address."""

from __future__ import annotations

from loka_stratum.limits.bans import BanList


class Admission:
    """Counts open connections against both limits and the ban list."""

    def __init__(self, *, most: int, most_per_address: int, bans: BanList) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._by_address: dict[str, int] = {}
        self.bans = bans
        self.count = 0

    def enter(self, address: str, now: float) -> str | None:
        """Count a connection of ``address``, or say why it is refused (and don't count it)."""
        if self.bans.is_banned(address, now):
            return "banned"
        if self.count >= self._most:
            return "connections"
        own = self._by_address.get(address, 0)
        if own >= self._most_per_address:
            return "connections-per-address"
        self._by_address[address] = own + 1
        self.count += 1
        return None

    def leave(self, address: str) -> None:
        """A connection that had entered has ended."""
        own = self._by_address[address] - 1
        if own:
            self._by_address[address] = own
        else:
            del self._by_address[address]
        self.count -= 1

    @property
    def addresses(self) -> int:
        """How many addresses are connected."""
        return len(self._by_address)
