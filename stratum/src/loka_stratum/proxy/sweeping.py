"""What time alone brings about, looked at for every connection in turn: silence, overdue answers, bans that end,
returns.

One task for all, since a timer for each of thousands of connections costs memory and time.
"""

from __future__ import annotations

import asyncio
from itertools import count

from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.miners.session import Session
from loka_stratum.proxy.pools.link import Link, Phase

_SHORTEST = 0.01
_LONGEST = 0.5
_MOST_PARTS = 8


async def sweep(house: House) -> None:
    """Look at everything, for ever; at a part of the connections at a time, so that nobody waits for all of them."""
    pause, parts = pace(house)
    returns = Returns(house)
    links: tuple[Link, ...] = ()
    sessions: tuple[Session, ...] = ()
    for turn in count():
        await asyncio.sleep(pause)
        now, part = house.now(), turn % parts
        if part == 0:  # each that is there now has its turn once, whatever comes and goes meanwhile
            links, sessions = tuple(house.links), tuple(house.sessions)
        for link in links[part::parts]:
            if link in house.links:
                check_link(house, link, now)
        for session in sessions[part::parts]:
            if session in house.sessions:
                session.miner.check(now)
        returns.move_some(now)
        house.admission.bans.expire(now)


def pace(house: House) -> tuple[float, int]:
    """Seconds between two looks, and how many see everything: together a quarter of the shortest wait, in bounds."""
    failover, limits = house.configuration.failover, house.configuration.limits
    waits = (failover.answer_timeout, failover.silence_timeout, limits.idle_timeout, limits.handshake_timeout)
    pause = max(_SHORTEST, min(_LONGEST, min(waits) / 4))
    return pause, max(1, min(_MOST_PARTS, int(min(waits) / 4 / pause)))


def check_link(house: House, link: Link, now: float) -> None:
    """End a link whose pool keeps nothing of what it should."""
    failover = house.configuration.failover
    if link.phase is Phase.RETIRING:
        link.end_if_done()
    kind = link.overdue(now, failover.answer_timeout, failover.silence_timeout)
    if kind is not None:
        house.measures.timeouts.labels(kind).inc()
        link.end("the pool did not answer in time" if kind == "pool-answer" else "the pool says nothing")
    elif link.phase is Phase.PREPARING and now - link.made_at > failover.answer_timeout:
        link.owner.link_unready(link)


class Returns:
    """Moves miners back to a better pool, not all at once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._allowance = 0.0
        self._at = house.now()

    def move_some(self, now: float) -> None:
        """Move as many miners as the time since the last call allows."""
        rate = self._house.configuration.failover.return_rate
        self._allowance = min(max(1.0, rate), self._allowance + (now - self._at) * rate)
        self._at = now
        if len(self._house.pools.all) < 2:
            return
        for session in tuple(self._house.sessions):
            if self._allowance < 1:
                return
            if move_back(self._house, session, now):
                self._allowance -= 1


def move_back(house: House, session: Session, now: float) -> bool:
    """Make a better pool ready for a miner, if there is one; whether that was begun."""
    upstream = session.upstream
    if upstream.serving is None or upstream.is_moving or session.miner.is_leaving:
        return False
    better = house.pools.better(upstream.serving.pool, now, upstream.avoided(now))
    if better is None:
        return False
    upstream.move_to(better)
    return True
