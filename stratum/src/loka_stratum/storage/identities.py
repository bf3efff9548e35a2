"""Names to keys: which worker's row a share belongs to. Rows are made on first sight; what was seen is remembered.

The rows of pools follow the configuration. A pool that the configuration doesn't have any more, but shares in the
journal do, gets a row that is not active, since its shares are owed all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from loka_stratum.storage.records import ShareLine, fit
from loka_stratum.storage.settings import PoolDefinition

MOST_REMEMBERED = 100_000
"""Workers. Beyond it everything is forgotten, and read again as it is needed."""

_FOLLOW_POOLS = """
INSERT INTO pools (name, host, port, username, password, user_separator, worker_separator, priority)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[])
  AS given (name, host, port, username, password, user_separator, worker_separator, priority)
ORDER BY name
ON CONFLICT (name) DO UPDATE SET
  (host, port, username, password, user_separator, worker_separator, priority, active) =
  (excluded.host, excluded.port, excluded.username, excluded.password, excluded.user_separator,
   excluded.worker_separator, excluded.priority, true)
"""

_ADD_POOLS = """
INSERT INTO pools (name, host, port, username, active)
SELECT name, 'unknown.invalid', 1, '', false FROM unnest($1::text[]) AS given (name) ORDER BY name
ON CONFLICT (name) DO NOTHING
"""

_FIND_POOLS = "SELECT name, id FROM pools WHERE name = ANY($1::text[])"

_ADD_MINERS = """
INSERT INTO miners (username) SELECT username FROM unnest($1::text[]) AS given (username) ORDER BY username
ON CONFLICT (username) DO NOTHING
"""

_FIND_MINERS = "SELECT username, id FROM miners WHERE username = ANY($1::text[])"

_KEEP_WORKERS = """
INSERT INTO workers (pool_id, miner_id, name, created_at, last_seen_at)
SELECT pool, miner, name, at, at FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
  AS given (pool, miner, name, at)
ORDER BY pool, miner, name
ON CONFLICT (pool_id, miner_id, name) DO UPDATE
  SET last_seen_at = greatest(workers.last_seen_at, excluded.last_seen_at)
RETURNING pool_id, miner_id, name, id
"""
"""Makes and finds in one statement, by its index: of tables that are new, the planner knows too little to join them."""

_SEE_WORKERS = """
UPDATE workers SET last_seen_at = given.at FROM unnest($1::uuid[], $2::timestamptz[]) AS given (id, at)
WHERE workers.id = given.id AND workers.last_seen_at < given.at
"""

Name = tuple[str, str, str]
"""Pool, miner, worker."""


class WorkerKey(NamedTuple):
    """What a submission's row refers to."""

    worker: UUID
    pool: UUID


class Identities:
    """The keys of workers, remembered."""

    def __init__(self, pools: Sequence[PoolDefinition]) -> None:
        self._pools = pools
        self._followed = False
        self._keys: dict[Name, WorkerKey] = {}
        self._seen: dict[UUID, datetime] = {}

    async def keys(self, connection: asyncpg.Connection, shares: Iterable[ShareLine]) -> dict[Name, WorkerKey]:
        """The keys of every share's worker; rows that are missing are made."""
        if not self._followed:
            await self._follow_pools(connection)
        first: dict[Name, datetime] = {}
        for share in shares:
            name = (share.pool, share.miner, share.worker)
            first[name] = min(first.get(name, share.submitted_at), share.submitted_at)
        unknown = {name: at for name, at in first.items() if name not in self._keys}
        if len(self._keys) + len(unknown) > MOST_REMEMBERED:
            self._keys.clear()
            unknown = first
        if unknown:
            await self._learn(connection, unknown)
        return self._keys

    def forget(self) -> None:
        """Something that was remembered isn't in the database any more."""
        self._keys.clear()
        self._followed = False

    def see(self, worker: UUID, at: datetime) -> None:
        """A worker submitted a share then."""
        if self._seen.get(worker, at) <= at:
            self._seen[worker] = at

    @property
    def saw_any(self) -> bool:
        """Whether there is something to write."""
        return bool(self._seen)

    async def write_seen(self, connection: asyncpg.Connection) -> None:
        """Bring `last_seen_at` up to date."""
        await connection.execute(_SEE_WORKERS, list(self._seen), list(self._seen.values()))
        self._seen.clear()

    async def _follow_pools(self, connection: asyncpg.Connection) -> None:
        rows = [
            (
                fit(pool.name),
                pool.host,
                pool.port,
                pool.username,
                pool.password,
                pool.user_separator,
                pool.worker_separator,
                pool.priority,
            )
            for pool in self._pools
        ]
        if rows:
            await connection.execute(_FOLLOW_POOLS, *map(list, zip(*rows, strict=True)))
        self._followed = True

    async def _learn(self, connection: asyncpg.Connection, unknown: dict[Name, datetime]) -> None:
        pool_names, miner_names, _ = (sorted(set(column)) for column in zip(*unknown, strict=True))
        await connection.execute(_ADD_POOLS, pool_names)
        await connection.execute(_ADD_MINERS, miner_names)
        pools: dict[str, UUID] = dict(await connection.fetch(_FIND_POOLS, pool_names))
        miners: dict[str, UUID] = dict(await connection.fetch(_FIND_MINERS, miner_names))
        names = {(pools[pool], miners[miner], worker): (pool, miner, worker) for pool, miner, worker in unknown}
        columns = map(list, zip(*names, strict=True))
        for pool, miner, worker, key in await connection.fetch(_KEEP_WORKERS, *columns, list(unknown.values())):
            self._keys[names[pool, miner, worker]] = WorkerKey(key, pool)
