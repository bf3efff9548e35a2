"""A miner's shares: each is checked, kept, and sent to the pool whose job it is; those that can't be are answered
here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from loka_stratum.protocol import replies
from loka_stratum.protocol.messages import MalformedError, Message, decode
from loka_stratum.protocol.work import JOB_LIMIT
from loka_stratum.proxy.handshake import Worker
from loka_stratum.proxy.link import Link, Phase
from loka_stratum.proxy.pending import PendingShare
from loka_stratum.shares import LedgerFullError, Verdict

if TYPE_CHECKING:
    from loka_stratum.proxy.session import Session

_JOBS_KEPT = 64
_LOST = "The pool's connection ended before it answered"


class Submitting:
    """One session's submissions."""

    __slots__ = ("_former", "_former_jobs", "_most_pending", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._most_pending = session.house.configuration.limits.requests_pending
        self._former: Link | None = None
        """The link that served before, while it takes shares for its own jobs."""
        self._former_jobs: dict[str, tuple[str, Decimal]] = {}
        """Jobs of links that are gone: their pool and difficulty."""

    def take(self, message: Message) -> None:
        """A ``mining.submit``."""
        session = self._session
        params = decode(message.params, list[str])
        if len(params) < 5 or not 0 < len(params[1]) <= JOB_LIMIT:
            raise MalformedError("mining.submit wants worker, job, second extranonce, time and nonce")
        worker = session.workers.get(params[0])
        if worker is None:
            session.refuse(message, replies.UNAUTHORIZED, "Unauthorized worker")
            return
        if not session.is_subscribed:
            session.refuse(message, replies.NOT_SUBSCRIBED, "Not subscribed")
            return
        link = self._link_of(params[1])
        if link is None:
            self._stale(message, worker, params[1])
        elif len(link.pending) >= self._most_pending:
            session.house.measures.rate_limited.labels("pending").inc()
            session.refuse(message, replies.OTHER, "Too many requests are unanswered")
        else:
            self._send(link, worker, params, message)

    def replaced(self, link: Link) -> None:
        """The link serves no more; shares for its jobs may still come."""
        self._former = link
        self._remember(link)

    def link_ended(self, link: Link) -> None:
        """The link takes nothing any more."""
        if link is self._former:
            self._former = None
        if link is self._session.upstream.serving:
            self._remember(link)

    def unanswered(self, pending: PendingShare, why: str) -> None:
        """A share whose answer will not come."""
        session = self._session
        session.track.settle(pending.share, pending.worker, Verdict.UNANSWERED, why, session.house.now())
        session.reply(replies.failure(pending.miner_id, replies.OTHER, _LOST))

    def _remember(self, link: Link) -> None:
        for job, difficulty in link.jobs.items():
            self._former_jobs.pop(job, None)
            self._former_jobs[job] = (link.pool.name, difficulty)
        while len(self._former_jobs) > _JOBS_KEPT:
            del self._former_jobs[next(iter(self._former_jobs))]

    def _link_of(self, job: str) -> Link | None:
        """The link whose job it is. A job that nobody knows goes to the pool that serves, which judges it."""
        serving, former = self._session.upstream.serving, self._former
        if serving is not None and job in serving.jobs:
            return serving
        if former is not None and former.phase is Phase.RETIRING and job in former.jobs:
            return former
        return None if job in self._former_jobs else serving

    def _send(self, link: Link, worker: Worker, params: list[str], message: Message) -> None:
        session = self._session
        difficulty = link.jobs.get(params[1], link.difficulty)
        try:
            share = session.track.submit(worker, link.pool.name, params[1], difficulty)
        except LedgerFullError as error:
            session.house.refusals.count(str(error), session.house.now())
            session.refuse(message, replies.OTHER, "The share can't be kept now")
            return
        params[0] = worker.at_pool(link.pool.settings)
        splice = link.splice_of(params[1]) if link.given_before else link.splice
        if splice is not None:
            params[2] = splice.share(params[2])
        pending = PendingShare(replies.raw_or_null(message.id), session.house.now(), share, worker)
        link.ask("mining.submit", replies.encode(params), pending)

    def _stale(self, message: Message, worker: Worker, job: str) -> None:
        """A share for a pool that is gone: kept, and answered as the pool would."""
        session = self._session
        last = next(iter(session.house.pools.all)).name
        pool, difficulty = self._former_jobs.get(job, (last, Decimal(1)))
        try:
            share = session.track.submit(worker, pool, job, difficulty)
        except LedgerFullError as error:
            session.house.refusals.count(str(error), session.house.now())
        else:
            why = "the pool's connection had ended"
            session.track.settle(share, worker, Verdict.STALE, why, session.house.now())
        session.refuse(message, replies.JOB_NOT_FOUND, "Job not found")
