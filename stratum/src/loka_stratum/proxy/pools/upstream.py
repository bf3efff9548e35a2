"""A miner's links to pools: finds the best pool, makes a link ready, hands it over, and finds the next when it ends.

While the miner has not been given an extranonce, a link serves from the moment it is connected. After that, a new
link is made ready first (subscribed, with a job) while the old one, if it lives, goes on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from loka_stratum.configuration.values import Endpoint
from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.house.pools import PoolState
from loka_stratum.proxy.pools.dialling import OWN_FAULTS, dial
from loka_stratum.proxy.pools.handshake import Handshake, Step
from loka_stratum.proxy.pools.link import Link, Owner, Phase
from loka_stratum.proxy.pools.redirect import Redirect

log = logging.getLogger(__name__)
_LONGEST_WAIT = 5.0
_LINGER_SECONDS = 2.0
"""For shares of the old pool's jobs that the miner sends before it has read the new pool's."""
_SETTLED_SECONDS = 60.0
"""A link that served for this long was good: what came before is forgiven."""


class LinkOwner(Owner, Protocol):
    """A session, as far as its links are concerned."""

    handshake: Handshake

    @property
    def is_subscribed(self) -> bool:
        """Whether the miner has been given an extranonce."""


class Upstream:
    """One miner's links."""

    __slots__ = (
        "_avoided",
        "_finding",
        "_house",
        "_links",
        "_moving",
        "_owner",
        "_served_since",
        "closed",
        "coming",
        "serving",
    )

    def __init__(self, house: House, owner: LinkOwner) -> None:
        self._house = house
        self._owner = owner
        self._avoided: dict[str, tuple[float, int]] = {}
        """Pools that failed this miner: until when, and how often in a row."""
        self._finding: asyncio.Task[None] | None = None
        self._moving: asyncio.Task[None] | None = None
        self._served_since = 0.0
        self._links = 0
        self.serving: Link | None = None
        self.coming: Link | None = None
        self.closed = False

    @property
    def target(self) -> Link | None:
        """Where a request goes now."""
        if self.serving is not None and self.serving.is_open:
            return self.serving
        return self.coming if self.coming is not None and self.coming.is_open else None

    @property
    def is_moving(self) -> bool:
        """Whether another link is being made ready."""
        return self.coming is not None or _runs(self._moving)

    @property
    def is_over(self) -> bool:
        """Whether it is closed and no link is left. None can come: what looked for one is cancelled."""
        return self.closed and not self._links

    def begin(self) -> None:
        """Find a pool, unless one is there or on its way."""
        if not (self.closed or self.serving or self.coming or _runs(self._finding)):
            self._finding = self._house.tasks.start(self._find(), "finding a pool")

    def ask_step(self, step: Step) -> None:
        """Ask a step of every link; where there is none, it is asked as soon as there is."""
        for link in (self.serving, self.coming):
            if link is not None and link.is_open:
                link.ask_step(step, self._owner.handshake)
        self.begin()

    def move_to(self, pool: PoolState) -> None:
        """Make a link to a better pool ready while the present one serves."""
        self._approach(pool, pool.settings.address, 0.0)

    def follow(self, link: Link, redirect: Redirect) -> None:
        """Go where the pool asked to."""
        self._approach(link.pool, redirect.place, redirect.wait)

    def _approach(self, pool: PoolState, place: Endpoint, wait: float) -> None:
        if self.serving is not None and not (self.closed or self.is_moving):
            self._moving = self._house.tasks.start(self._connect_later(pool, place, wait), "moving to a pool")

    def begun(self) -> None:
        """A link is connected."""
        self._links += 1

    def served(self, link: Link) -> None:
        """The link has become the miner's."""
        if self.serving is not None and self.serving is not link:
            self.serving.pool.miners -= 1
            self.serving.retire(_LINGER_SECONDS)
        if self.coming is link:
            self.coming = None
        if self.serving is not link:
            link.pool.miners += 1
        self.serving = link
        link.phase = Phase.SERVING
        self._served_since = self._house.now()

    def ended(self, link: Link, why: str) -> bool:
        """A link has ended; True if it was the one that served. The next is looked for."""
        self._house.links.discard(link)
        self._links -= 1
        served = link is self.serving
        if served:
            link.pool.miners -= 1
            self.serving = None
            _cancel(self._moving)
        if link is self.coming:
            self.coming = None
        if (served or link.phase is Phase.PREPARING or self.serving is None) and not self.closed:
            self._avoid(link.pool, long_served=served and self._house.now() - self._served_since > _SETTLED_SECONDS)
            log.info("link to pool %s ended: %s", link.pool.name, why)
        if not (self.closed or self.serving):
            self.begin()
        return served

    def avoided(self, now: float) -> list[str]:
        """Pools that this miner doesn't try for now."""
        return [name for name, (until, _) in self._avoided.items() if now < until]

    def close(self) -> None:
        """The miner is gone: links end when their shares are answered."""
        self.closed = True
        _cancel(self._finding)
        _cancel(self._moving)
        self._finding = self._moving = None  # a task that was cancelled knows where, and so all of this
        if self.serving is not None:
            self.serving.pool.miners -= 1
        for link in (self.serving, self.coming):
            if link is not None:
                link.retire()
        self.serving = self.coming = None

    def _avoid(self, pool: PoolState, *, long_served: bool) -> None:
        failover = self._house.configuration.failover
        _, failures = self._avoided.get(pool.name, (0.0, 0))
        failures = 0 if long_served else min(failures, 16)
        pause = 0.0 if long_served else min(failover.retry_longest, failover.retry_shortest * 2**failures)
        self._avoided[pool.name] = (self._house.now() + pause, failures + 1)

    async def _find(self) -> None:
        """Try the best pool until one can be connected."""
        house = self._house
        while not self.closed:
            pool = house.pools.best(self.avoided(house.now()))
            if pool is None:
                await house.pools.changed(self._patience())
            elif await self._connect(pool, pool.settings.address):
                return

    def _patience(self) -> float:
        """Seconds until a pool that this miner avoids may be tried."""
        now = self._house.now()
        waits = [until - now for until, _ in self._avoided.values() if until > now]
        return max(0.005, min([*waits, _LONGEST_WAIT]))

    async def _connect_later(self, pool: PoolState, place: Endpoint, wait: float) -> None:
        await asyncio.sleep(wait)
        await self._connect(pool, place)

    async def _connect(self, pool: PoolState, place: Endpoint) -> bool:
        """Connect and begin; whether that could be done."""
        house = self._house
        failover = house.configuration.failover
        pool.tries.inc()
        try:
            link = await dial(
                house.addresses,
                place,
                pool.tls,
                lambda: Link(self._owner, pool, place, house),
                failover.connect_timeout,
            )
        except OSError as error:
            self._connect_failed(pool, place, error)
            return False
        if self.closed or link.phase is Phase.ENDED:
            link.end("the miner is gone")
            return self.closed
        self._begin(link)
        return True

    def _begin(self, link: Link) -> None:
        self._house.links.add(link)
        if self._owner.is_subscribed:
            self.coming = link
        else:
            self.served(link)
        link.begin(self._owner.handshake)

    def _connect_failed(self, pool: PoolState, place: Endpoint, error: OSError) -> None:
        house = self._house
        if isinstance(error, TimeoutError):
            house.measures.timeouts.labels("pool-connect").inc()
        own_fault = error.errno in OWN_FAULTS
        if not own_fault and place == pool.settings.address:
            house.pools.failed(pool, house.now(), str(error))
        self._avoid(pool, long_served=False)


def _runs(task: asyncio.Task[None] | None) -> bool:
    return task is not None and not task.done()


def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
