"""Who mines where: pools, miners, and the workers of a miner at a pool."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from loka_model.base import Base, Name, UuidKey


class Pool(Base):
    """An upstream pool, as the proxy's configuration names it."""

    __tablename__ = "pools"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        CheckConstraint("priority >= 0", name="priority"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("host <> ''", name="host"),
    )

    id: Mapped[UuidKey]
    name: Mapped[Name]
    host: Mapped[Name]
    port: Mapped[int]
    username: Mapped[Name]
    password: Mapped[str] = mapped_column(String(255), server_default="")
    user_separator: Mapped[str] = mapped_column(String(8), server_default=".")
    """Between the pool's user and the miner."""
    worker_separator: Mapped[str] = mapped_column(String(8), server_default="_")
    """Between the miner and its worker."""
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    """The smallest is tried first."""
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class Miner(Base):
    """A user of the proxy: the part of an authorized name before the separator."""

    __tablename__ = "miners"
    __table_args__ = (UniqueConstraint("username"),)

    id: Mapped[UuidKey]
    username: Mapped[Name]


class Worker(Base):
    """A miner's machine at a pool. Its name is empty when the miner gave none.

    No index has the pool alone: before the first ANALYZE the planner would take it to check each submission's foreign
    key, and read every worker of the pool.
    """

    __tablename__ = "workers"
    __table_args__ = (
        UniqueConstraint("pool_id", "miner_id", "name"),
        UniqueConstraint("id", "pool_id"),
        UniqueConstraint("id", "miner_id", "pool_id"),
        Index(None, "miner_id"),
        CheckConstraint("last_seen_at >= created_at", name="seen_after_creation"),
    )

    id: Mapped[UuidKey]
    miner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Miner.id, ondelete="CASCADE"))
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Pool.id, ondelete="CASCADE"))
    name: Mapped[Name]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    miner: Mapped[Miner] = relationship()
    pool: Mapped[Pool] = relationship()
