"""Giving a miner another pool's work while it stays connected.

A miner works with one extranonce. The new pool has another, and there are four ways, the first that fits is taken:

- ``same``: the pool gave the same one (it knew the session). Nothing is said.
- ``told``: the miner asked for ``mining.extranonce.subscribe`` and is told the new one.
- ``spliced``: the miner's stands within the pool's (see `protocol.splicing`). Nothing is said; jobs and shares are
  rewritten.
- ``reconnected``: the miner can't be helped on this connection. It is asked to come back (``client.reconnect`` to
  the same place), and hung up on shortly after if it doesn't; it finds the new pool when it subscribes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec import Raw

from loka_stratum.protocol import replies
from loka_stratum.protocol.splicing import splice, with_clean_jobs
from loka_stratum.protocol.work import NO_ROLLING, Extranonce
from loka_stratum.proxy.pools.link import Link

if TYPE_CHECKING:
    from loka_stratum.proxy.miners.session import Session

log = logging.getLogger(__name__)
_GRACE_SECONDS = 3.0


class Switching:
    """One session's moves between pools."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def hand_over_if_ready(self, link: Link) -> None:
        """Let the link serve if the pool has given an extranonce and, to a miner with a name, work."""
        has_work = link.last_job is not None or not self._session.handshake.has("mining.authorize")
        if link.is_open and link.extranonce is not None and has_work:
            self._hand_over(link, link.extranonce)

    def extranonce_changed(self, link: Link) -> None:
        """The pool that serves has another extranonce from the next job on."""
        if link.extranonce is not None:
            link.given_before = {job: link.splice_of(job) for job in link.jobs}
            self._present(link, link.extranonce)

    def _hand_over(self, link: Link, extranonce: Extranonce) -> None:
        session = self._session
        former = session.upstream.serving
        if former is not None:
            session.former_link(former)
        session.upstream.served(link)
        how = self._present(link, extranonce)
        session.house.measures.moves.labels(how).inc()
        log.info("miner %s works for pool %s now (%s)", session.miner.address, link.pool.name, how)
        if how != "reconnected":
            self._give_work(link)

    def _present(self, link: Link, extranonce: Extranonce) -> str:
        """Let the miner work with the pool's extranonce; how that was done."""
        session = self._session
        own = session.extranonce
        link.splice = None
        if own is None or own == extranonce:
            session.extranonce = extranonce
            return "same"
        if session.takes_extranonce:
            session.extranonce = extranonce
            session.reply(replies.notification("mining.set_extranonce", [extranonce.first, extranonce.second_size]))
            return "told"
        link.splice = splice(own, extranonce)
        if link.splice is not None:
            return "spliced"
        session.reply(replies.notification("client.reconnect", []))
        session.miner.close("it must subscribe anew", after=_GRACE_SECONDS)
        return "reconnected"

    def _give_work(self, link: Link) -> None:
        session = self._session
        mask = link.mask or NO_ROLLING
        if session.mask is not None and mask != session.mask:
            session.mask = mask
            session.reply(replies.notification("mining.set_version_mask", [mask]))
        session.reply(link.difficulty_line or replies.notification("mining.set_difficulty", [1]))
        if link.last_job is not None:
            params = link.splice.work(Raw(link.last_job)) if link.splice else link.last_job
            session.reply(b'{"id":null,"method":"mining.notify","params":%b}\n' % with_clean_jobs(params))
