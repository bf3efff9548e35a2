"""What every session of a proxy shares."""

from __future__ import annotations

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


class House:
    """One proxy's parts. Made within the loop that they run in."""

    def __init__(self, configuration: Configuration, ledger: ShareLedger, measures: Measures) -> None:
        """All parts for a configuration. Raises ``UnavailableError``."""
        limits = configuration.limits
        bans = BanList(
            offences=limits.offences, duration=limits.ban_duration, capacity=limits.bans, trusted=limits.trusted
        )
        self.configuration = configuration
        self.ledger = ledger
        self.measures = measures
        self.pools = Pools(configuration.pools, configuration.failover, measures)
        self.admission = Admission(most=limits.connections, most_per_address=limits.connections_per_address, bans=bans)
        self.accounts = Accounts(measures)
        self.refusals = Refusals(measures)
        self.addresses = Addresses()
        self.tasks = Tasks()
        self.outbox = Outbox()
        self.stamps = Stamps()
        self.sessions: set[Session] = set()
        self.links: set[Link] = set()
        self.draining = False
        self.now = monotonic
        """The proxy's clock: seconds."""

    def announces(self, peer: str) -> bool:
        """Whether this peer begins with a PROXY header."""
        return is_within(peer, self.configuration.server.proxy_header_from)
