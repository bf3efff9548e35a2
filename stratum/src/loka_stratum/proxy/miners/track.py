"""The track of a miner's shares: each is kept before it goes to the pool, and its answer before that goes to the
miner.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from loka_stratum.protocol.messages import Message
from loka_stratum.protocol.verdicts import judge
from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.house.tally import Tally
from loka_stratum.proxy.pools.pending import PendingShare
from loka_stratum.proxy.pools.worker import Worker
from loka_stratum.shares import Answer, Share, Verdict


class Track(Tally):
    """One connection's shares."""

    __slots__ = ("_accounts", "_answer_latency", "_ledger", "_stamps", "last_share_at")

    def __init__(self, house: House) -> None:
        super().__init__()
        self._accounts = house.accounts
        self._answer_latency = house.measures.answer_latency
        self._ledger = house.ledger
        self._stamps = house.stamps
        self.last_share_at: datetime | None = None

    def submit(self, worker: Worker, pool: str, job: str, difficulty: Decimal, now: float) -> Share:
        """Keep a share that is about to go to the pool. Raises ``LedgerFullError``."""
        identifier, at = self._stamps.new(now)
        share = Share(
            id=identifier,
            pool=pool,
            miner=worker.account.user,
            worker=worker.name.worker,
            job=job,
            difficulty=difficulty,
            submitted_at=at,
        )
        self._ledger.submitted(share)
        self.last_share_at = at
        return share

    def answered(self, pending: PendingShare, message: Message, now: float) -> Verdict:
        """Keep what the pool said of a share."""
        verdict, reason = judge(message)
        if verdict is Verdict.ACCEPTED:
            self.accepted(pending, now)
        else:
            self.refused(pending.share, pending.worker, verdict, reason, now)
            self._answer_latency.observe(now - pending.asked_at)
        return verdict

    def accepted(self, pending: PendingShare, now: float) -> None:
        """Keep that the pool took a share."""
        at = self._stamps.time(now)
        self._ledger.answered(Answer(share=pending.share, verdict=Verdict.ACCEPTED, answered_at=at))
        difficulty = float(pending.difficulty)
        self.accept(difficulty, now)
        self._accounts.accept(pending.worker.account, difficulty, now)
        self._answer_latency.observe(now - pending.asked_at)

    def refused(self, share: UUID, worker: Worker, verdict: Verdict, reason: str | None, now: float) -> None:
        """Keep that a share was not accepted, and why."""
        at = self._stamps.time(now)
        self._ledger.answered(Answer(share=share, verdict=verdict, reason=reason, answered_at=at))
        self.refuse(verdict)
        self._accounts.refuse(worker.account, verdict)
