"""What every session of a proxy shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from loka_stratum.configuration import Configuration
from loka_stratum.limits.admission import Admission
from loka_stratum.limits.bans import BanList, is_within
from loka_stratum.measures import Measures
from loka_stratum.proxy.house.accounts import Accounts
from loka_stratum.proxy.house.addresses import Addresses
from loka_stratum.proxy.house.outbox import Outbox
from loka_stratum.proxy.house.pools import Pools
from loka_stratum.proxy.house.refusals import Refusals
from loka_stratum.proxy.house.stamps import Stamps
from loka_stratum.proxy.house.tasks import Tasks
from loka_stratum.shares import ShareLedger

if TYPE_CHECKING:
    from loka_stratum.proxy.miners.session import Session
    from loka_stratum.proxy.pools.link import Link


@dataclass(slots=True)
class House:
    """One proxy's parts. Made within the loop that they run in."""

    configuration: Configuration
    ledger: ShareLedger
    measures: Measures
    pools: Pools
    admission: Admission
    accounts: Accounts
    refusals: Refusals
    addresses: Addresses = field(default_factory=Addresses)
    tasks: Tasks = field(default_factory=Tasks)
    outbox: Outbox = field(default_factory=Outbox)
    stamps: Stamps = field(default_factory=Stamps)
    sessions: set[Session] = field(default_factory=set)
    links: set[Link] = field(default_factory=set)
    draining: bool = False

    @classmethod
    def build(cls, configuration: Configuration, ledger: ShareLedger, measures: Measures) -> House:
        """All parts for a configuration. Raises ``UnavailableError``."""
        limits = configuration.limits
        bans = BanList(
            offences=limits.offences, duration=limits.ban_duration, capacity=limits.bans, trusted=limits.trusted
        )
        return cls(
            configuration=configuration,
            ledger=ledger,
            measures=measures,
            pools=Pools(configuration.pools, configuration.failover, measures),
            admission=Admission(most=limits.connections, most_per_address=limits.connections_per_address, bans=bans),
            accounts=Accounts(measures),
            refusals=Refusals(measures),
        )

    def announces(self, peer: str) -> bool:
        """Whether this peer begins with a PROXY header."""
        return is_within(peer, self.configuration.server.proxy_header_from)

    now = staticmethod(monotonic)
    """The proxy's clock: seconds."""
