"""The track of a miner's shares: each is kept before it goes to the pool, and its answer before that goes to the
miner.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from loka_stratum.protocol.messages import Message
from loka_stratum.protocol.verdicts import judge
from loka_stratum.proxy.handshake import Worker
from loka_stratum.proxy.house import House
from loka_stratum.proxy.identifiers import new_identifier
from loka_stratum.proxy.pending import PendingShare
from loka_stratum.proxy.rates import WorkRate
from loka_stratum.shares import Answer, Share, Verdict


class Track:
    """One connection's shares."""

    __slots__ = ("_accepted", "_accounts", "_answer_latency", "_ledger", "_refused", "last_share_at", "work")

    def __init__(self, house: House) -> None:
        self._accounts = house.accounts
        self._answer_latency = house.measures.answer_latency
        self._ledger = house.ledger
        self._accepted = 0
        self._refused: dict[Verdict, int] = {}
        """What became of all other shares."""
        self.work = WorkRate()
        self.last_share_at: datetime | None = None

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """What became of the connection's shares."""
        return {Verdict.ACCEPTED: self._accepted, **self._refused}

    def submit(self, worker: Worker, pool: str, job: str, difficulty: Decimal) -> Share:
        """Keep a share that is about to go to the pool. Raises ``LedgerFullError``."""
        now = datetime.now(UTC)
        share = Share(
            id=new_identifier(),
            pool=pool,
            miner=worker.name.user,
            worker=worker.name.worker,
            job=job,
            difficulty=difficulty,
            submitted_at=now,
        )
        self._ledger.submitted(share)
        self.last_share_at = now
        return share

    def answered(self, pending: PendingShare, message: Message, now: float) -> Verdict:
        """Keep what the pool said of a share."""
        verdict, reason = judge(message)
        self.settle(pending.share, pending.worker, verdict, reason, now)
        self._answer_latency.observe(now - pending.asked_at)
        return verdict

    def settle(self, share: Share, worker: Worker, verdict: Verdict, reason: str | None, now: float) -> None:
        """Keep what became of a share."""
        self._ledger.answered(Answer(share=share.id, verdict=verdict, reason=reason, answered_at=datetime.now(UTC)))
        difficulty = float(share.difficulty)
        if verdict is Verdict.ACCEPTED:
            self._accepted += 1
            self.work.add(difficulty, now)
        else:
            self._refused[verdict] = self._refused.get(verdict, 0) + 1
        self._accounts.settle(worker.account, verdict, difficulty, now)
