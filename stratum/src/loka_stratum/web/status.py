"""The state of a proxy as data: what `/status` writes, and what the status command reads."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from loka_stratum import __version__
from loka_stratum.proxy.house.house import House
from loka_stratum.proxy.house.pools import PoolState
from loka_stratum.proxy.miners.session import Session
from loka_stratum.shares import Verdict

MINERS_SHOWN = 1000


class Shares(msgspec.Struct, kw_only=True):
    """Shares by what became of them."""

    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    duplicate: int = 0
    unanswered: int = 0

    @classmethod
    def of(cls, verdicts: dict[Verdict, int]) -> Shares:
        """From counts by verdict."""
        return cls(**{verdict.value: count for verdict, count in verdicts.items()})


class MinerStatus(msgspec.Struct, kw_only=True):
    """A connection of a miner's."""

    address: str
    workers: list[str]
    pool: str | None
    difficulty: str | None
    hashrate: float
    """Hashes a second, by accepted shares of the last ten minutes."""
    shares: Shares
    connected_seconds: float
    last_share_at: datetime | None


class PoolStatus(msgspec.Struct, kw_only=True):
    """A pool."""

    name: str
    address: str
    priority: int
    answers: bool | None
    since_seconds: float
    miners: int
    error: str | None


class StorageStatus(msgspec.Struct, kw_only=True):
    """Where shares are kept."""

    accepting: bool
    stored: int
    waiting: int
    """Submitted and not stored yet."""
    journal_bytes: int
    journal_limit_bytes: int
    away: str | None
    """Why the database can't store."""


class Status(msgspec.Struct, kw_only=True):
    """Everything."""

    version: str
    uptime_seconds: float
    draining: bool
    connections: int
    hashrate: float
    shares: Shares
    acceptance: float
    shares_per_minute: int
    pools: list[PoolStatus]
    miners: list[MinerStatus]
    """At most a thousand."""
    banned: int
    storage: StorageStatus | None
    """None where shares are not stored."""
    at: datetime


def status_of(house: House, storage: StorageStatus | None, started_at: float) -> Status:
    """The state of a proxy now."""
    now = house.now()
    accounts = house.accounts
    return Status(
        version=__version__,
        uptime_seconds=now - started_at,
        draining=house.draining,
        connections=house.admission.count,
        hashrate=accounts.hashrate(now),
        shares=Shares.of(accounts.verdicts()),
        acceptance=accounts.acceptance(),
        shares_per_minute=accounts.shares_last_minute(now),
        pools=[_pool(pool, now) for pool in house.pools.all],
        miners=[_miner(session, now) for session in list(house.sessions)[:MINERS_SHOWN]],
        banned=len(house.admission.bans),
        storage=storage,
        at=datetime.now(UTC),
    )


def _pool(pool: PoolState, now: float) -> PoolStatus:
    return PoolStatus(
        name=pool.name,
        address=str(pool.settings.address),
        priority=pool.settings.priority,
        answers=pool.answers,
        since_seconds=now - pool.since if pool.since else 0.0,
        miners=pool.miners,
        error=pool.error,
    )


def _miner(session: Session, now: float) -> MinerStatus:
    link = session.upstream.serving
    return MinerStatus(
        address=session.miner.address,
        workers=list(session.workers),
        pool=link.pool.name if link else None,
        difficulty=str(link.difficulty) if link else None,
        hashrate=session.track.hashrate(now),
        shares=Shares.of(session.track.verdicts),
        connected_seconds=now - session.miner.connected_at,
        last_share_at=session.track.last_share_at,
    )
