"""What a day brought: a pool's earnings, and how they were distributed over the workers."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from loka_model.amounts import MOST_SATOSHI, Hashrate, Satoshi
from loka_model.base import Base, UuidKey
from loka_model.farm import Pool, Worker

_MOST_HASHRATE = 10**40
"""Hashes per second. Refuses `NaN` and `Infinity`, which compare greater."""


def _bounds() -> tuple[CheckConstraint, ...]:
    """New ones for each table: a constraint belongs to one."""
    return (
        CheckConstraint(f"reward_satoshi BETWEEN 0 AND {MOST_SATOSHI}", name="reward_satoshi"),
        CheckConstraint(f"internal_hashrate >= 0 AND internal_hashrate < {_MOST_HASHRATE}", name="internal_hashrate"),
        CheckConstraint(f"external_hashrate >= 0 AND external_hashrate < {_MOST_HASHRATE}", name="external_hashrate"),
    )


class Earning(Base):
    """What a pool paid for a day, with the hashrate that the proxy counted (internal) and the pool's (external)."""

    __tablename__ = "earnings"
    __table_args__ = (UniqueConstraint("pool_id", "date"), Index(None, "date"), *_bounds())

    id: Mapped[UuidKey]
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Pool.id, ondelete="CASCADE"))
    date: Mapped[dt.date]
    """UTC."""
    reward_satoshi: Mapped[Satoshi]
    internal_hashrate: Mapped[Hashrate]
    external_hashrate: Mapped[Hashrate]

    pool: Mapped[Pool] = relationship()


class Distribution(Base):
    """A worker's part of a day's earnings. Pool and miner are the worker's: one foreign key over the three says so."""

    __tablename__ = "distributions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["worker_id", "miner_id", "pool_id"],
            ["workers.id", "workers.miner_id", "workers.pool_id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("worker_id", "date"),
        Index(None, "miner_id", "date"),
        Index(None, "pool_id", "date"),
        *_bounds(),
    )

    id: Mapped[UuidKey]
    pool_id: Mapped[uuid.UUID]
    miner_id: Mapped[uuid.UUID]
    worker_id: Mapped[uuid.UUID]
    date: Mapped[dt.date]
    """UTC."""
    reward_satoshi: Mapped[Satoshi]
    internal_hashrate: Mapped[Hashrate]
    external_hashrate: Mapped[Hashrate]

    worker: Mapped[Worker] = relationship()
