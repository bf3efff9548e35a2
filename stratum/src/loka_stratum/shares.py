"""A share on its way: what a miner submitted, what the pool answered, and the contract of whoever keeps both.

The proxy calls a `ShareLedger`; how shares are kept (journal, queue, database) is the ledger's own matter. Nothing here
knows a socket or a table.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Verdict(StrEnum):
    """What became of a share. `UNANSWERED` is one whose pool connection ended before it answered."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    STALE = "stale"
    DUPLICATE = "duplicate"
    UNANSWERED = "unanswered"

    __hash__ = str.__hash__
    """An enumeration's own is a call of Python for each look-up in a table."""


class Share(Struct, frozen=True, kw_only=True, gc=False):
    """One `mining.submit`, as it goes to the pool. Its id is made then, so that it can't be stored twice."""

    id: UUID
    pool: str
    """The pool's name in the configuration."""
    miner: str
    """The user part of what the miner authorized as."""
    worker: str
    """The worker part; empty when the miner gave none."""
    job: str
    """The pool's job id."""
    difficulty: Decimal
    """The difficulty that held for this job when the share was submitted."""
    submitted_at: datetime
    """UTC."""


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """What the pool said of a share."""

    share: UUID
    verdict: Verdict
    reason: str | None = None
    """The pool's words; None for an accepted share."""
    answered_at: datetime
    """UTC."""


class LedgerFullError(Exception):
    """No share can be kept now: too much is unstored, or the disk is full. The message says which, for the log."""


class ShareLedger(Protocol):
    """Keeps every share and its answer. Both calls return at once and survive the process's death after they return."""

    def submitted(self, share: Share) -> None:
        """Called before the share goes to the pool. Raises ``LedgerFullError``: then it must not go there."""

    def answered(self, answer: Answer) -> None:
        """Called before the answer goes to the miner. Never refused: room is kept for the answer of every share."""
