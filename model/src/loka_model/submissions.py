"""Shares: what was submitted, what it was worth, what the pool said."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, DateTime, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from loka_model.amounts import MOST_DIFFICULTY, MOST_DIFFICULTY_DIGITS, Difficulty, Hashes
from loka_model.base import Base, Name, UuidKey
from loka_model.farm import Worker

VERDICTS = ("accepted", "rejected", "stale", "duplicate", "unanswered")
"""What may become of a share."""

_VERDICT_LIST = ", ".join(f"'{verdict}'" for verdict in VERDICTS)


class Submission(Base):
    """One share. Its id is made when the miner submits it, so that storing it again changes nothing.

    The pool is the worker's: one foreign key over both says so. `NaN` compares greater than every number in PostgreSQL,
    so the upper bound of the difficulty refuses it.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        ForeignKeyConstraint(["worker_id", "pool_id"], ["workers.id", "workers.pool_id"], ondelete="CASCADE"),
        CheckConstraint(f"difficulty > 0 AND difficulty <= {MOST_DIFFICULTY}", name="difficulty"),
        CheckConstraint(f"scale(difficulty) <= {MOST_DIFFICULTY_DIGITS}", name="difficulty_digits"),
        CheckConstraint(f"verdict IN ({_VERDICT_LIST})", name="verdict"),
        CheckConstraint("verdict <> 'accepted' OR reject_reason IS NULL", name="accepted_without_reason"),
        CheckConstraint("(verdict = 'unanswered') = (answered_at IS NULL)", name="answered_with_time"),
        Index(None, "worker_id", "submitted_at", postgresql_include=["valid", "hashes"]),
        Index(None, "submitted_at", postgresql_include=["worker_id", "pool_id", "valid", "hashes"]),
    )

    id: Mapped[UuidKey]
    worker_id: Mapped[uuid.UUID]
    pool_id: Mapped[uuid.UUID]
    job: Mapped[Name]
    """The pool's job id."""
    difficulty: Mapped[Difficulty]
    hashes: Mapped[Hashes]
    verdict: Mapped[str] = mapped_column(Text())
    valid: Mapped[bool] = mapped_column(Computed("verdict = 'accepted'", persisted=True), nullable=False)
    """Whether the pool accepted it."""
    reject_reason: Mapped[str | None] = mapped_column(String(255))
    """The pool's words."""
    submitted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    worker: Mapped[Worker] = relationship()
