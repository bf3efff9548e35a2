"""A miner's shares: each is checked, kept, and sent to the pool whose job it is; those that can't be are answered
here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from loka_stratum.protocol import replies
from loka_stratum.proxy.pools.link import Link, Phase
from loka_stratum.proxy.pools.pending import PendingShare
from loka_stratum.proxy.pools.worker import Worker
from loka_stratum.shares import LedgerFullError, Verdict

if TYPE_CHECKING:
    from loka_stratum.proxy.miners.session import Session

_JOBS_KEPT = 64
_LOST = "The pool's connection ended before it answered"


class Submitting:
    """One session's submissions."""

    __slots__ = ("_former", "_former_jobs", "_most_pending", "_session", "_worker")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._most_pending = session.house.configuration.limits.requests_pending
        self._worker: Worker | None = None
        """Who submitted last: nearly always who submits next."""
        self._former: Link | None = None
        """The link that served before, while it takes shares for its own jobs."""
        self._former_jobs: dict[str, tuple[str, Decimal]] = {}
        """Jobs of links that are gone: their pool and difficulty."""

    def take(self, miner_id: bytes, params: list[str]) -> None:
        """A ``mining.submit``: its id, and worker, job, second extranonce, time, nonce and what may follow."""
        session = self._session
        worker = self._worker
        if worker is None or worker.text != params[0]:
            self._worker = worker = session.workers.get(params[0])
        if worker is None:
            session.refuse(miner_id, replies.UNAUTHORIZED, "Unauthorized worker")
            return
        if session.extranonce is None:
            session.refuse(miner_id, replies.NOT_SUBSCRIBED, "Not subscribed")
            return
        job, link = params[1], session.upstream.serving
        difficulty = None if link is None else link.difficulty_of(job)
        if difficulty is None:
            link = self._other_link_of(job)
            difficulty = Decimal(1) if link is None else link.difficulty_of(job) or link.difficulty
        if link is None:
            self._stale(miner_id, worker, job)
        elif len(link.pending) >= self._most_pending:
            session.house.measures.rate_limited.labels("pending").inc()
            session.refuse(miner_id, replies.OTHER, "Too many requests are unanswered")
        else:
            self._send(link, difficulty, worker, params, miner_id)

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
        session.track.refused(pending.share, pending.worker, Verdict.UNANSWERED, why, session.house.now())
        session.reply(replies.failure(pending.miner_id, replies.OTHER, _LOST))

    def _remember(self, link: Link) -> None:
        for job, difficulty in link.jobs.items():
            self._former_jobs.pop(job, None)
            self._former_jobs[job] = (link.pool.name, difficulty)
        while len(self._former_jobs) > _JOBS_KEPT:
            del self._former_jobs[next(iter(self._former_jobs))]

    def _other_link_of(self, job: str) -> Link | None:
        """The link for a job that isn't of the one that serves. What nobody knows goes to that: its pool judges it."""
        former = self._former
        if former is not None and former.phase is Phase.RETIRING and job in former.jobs:
            return former
        return None if job in self._former_jobs else self._session.upstream.serving

    def _send(self, link: Link, difficulty: Decimal, worker: Worker, params: list[str], miner_id: bytes) -> None:
        session = self._session
        now, job, pool = session.house.now(), params[1], link.pool.settings
        try:
            share = session.track.submit(worker, pool.name, job, difficulty, now)
        except LedgerFullError as error:
            session.house.refusals.count(str(error), now)
            session.refuse(miner_id, replies.OTHER, "The share can't be kept now")
            return
        params[0] = worker.at_pool(pool)
        splice = link.splice_of(job) if link.given_before else link.splice
        if splice is not None:
            params[2] = splice.share(params[2])
        link.ask_share(params, PendingShare(miner_id, now, share.id, share.difficulty, worker))

    def _stale(self, miner_id: bytes, worker: Worker, job: str) -> None:
        """A share for a pool that is gone: kept, and answered as the pool would."""
        session = self._session
        now = session.house.now()
        last = next(iter(session.house.pools.all)).name
        pool, difficulty = self._former_jobs.get(job, (last, Decimal(1)))
        try:
            share = session.track.submit(worker, pool, job, difficulty, now)
        except LedgerFullError as error:
            session.house.refusals.count(str(error), now)
        else:
            why = "the pool's connection had ended"
            session.track.refused(share.id, worker, Verdict.STALE, why, now)
        session.refuse(miner_id, replies.JOB_NOT_FOUND, "Job not found")
