"""The named queries: what they answer, and that their indexes carry them on a large data set.

That each version of the server reads those indexes is what the migrations' rehearsal with data tries.
"""

import asyncio
import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from servers import VERSIONS
from sqlalchemy import Select, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from loka_model.large import LARGE
from loka_model.models import Base, Earning, Miner, Pool, Submission, Worker
from loka_model.named import named_queries, scans_of
from loka_model.queries import earnings_per_day, hashrate, hashrate_per_worker, shares_per_worker_per_hour

pytestmark = [pytest.mark.anyio, pytest.mark.needs_postgresql]

Statement = Select[*tuple[Any, ...]]
START = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POOL, OTHER_POOL, MINER, RIG, OTHER_RIG = (uuid.UUID(int=number) for number in range(1, 6))


@pytest.fixture
async def connection(tables: AsyncConnection) -> AsyncConnection:
    """A miner with a rig at each of two pools, and an hour and a half of shares."""
    pools = [{"id": POOL, "name": "first"}, {"id": OTHER_POOL, "name": "second"}]
    await tables.execute(insert(Pool).values([{"host": "h", "port": 1, "username": "u"} | pool for pool in pools]))
    await tables.execute(insert(Miner).values(id=MINER, username="alice"))
    rigs = [{"id": RIG, "pool_id": POOL, "name": "a"}, {"id": OTHER_RIG, "pool_id": OTHER_POOL, "name": "b"}]
    await tables.execute(insert(Worker).values([{"miner_id": MINER} | rig for rig in rigs]))
    await tables.execute(insert(Submission), [_share(*share) for share in SHARES])
    return tables


SHARES = [
    (RIG, POOL, 0, "accepted", "0.5"),
    (RIG, POOL, 59, "accepted", "0.25"),
    (RIG, POOL, 60, "accepted", "2"),
    (RIG, POOL, 61, "stale", "1000"),
    (OTHER_RIG, OTHER_POOL, 5, "rejected", "1000"),
    (OTHER_RIG, OTHER_POOL, 90, "accepted", "8"),
]


def _share(rig: uuid.UUID, pool: uuid.UUID, minute: int, verdict: str, difficulty: str) -> dict[str, object]:
    at = START + timedelta(minutes=minute)
    ids = {"worker_id": rig, "pool_id": pool, "job": "1"}
    return ids | {"difficulty": Decimal(difficulty), "verdict": verdict, "submitted_at": at, "answered_at": at}


async def test_shares_per_worker_per_hour(connection: AsyncConnection) -> None:
    every = await connection.execute(shares_per_worker_per_hour(START, START + 2 * HOUR))
    assert [tuple(row) for row in every] == [
        (RIG, START, 2, 2),
        (RIG, START + HOUR, 1, 2),
        (OTHER_RIG, START, 0, 1),
        (OTHER_RIG, START + HOUR, 1, 1),
    ]
    one = await connection.execute(shares_per_worker_per_hour(START, START + HOUR, worker=RIG))
    assert [tuple(row) for row in one] == [(RIG, START, 2, 2)]


async def test_hashrate_counts_accepted_shares_of_the_window_only(connection: AsyncConnection) -> None:
    unit = Decimal(2**32) / 3600
    assert await connection.scalar(hashrate(START, START + HOUR)) == pytest.approx(unit * Decimal("0.75"))
    assert await connection.scalar(hashrate(START, START + 2 * HOUR, worker=RIG)) == pytest.approx(
        unit * Decimal("1.375")
    )
    assert await connection.scalar(hashrate(START, START + 2 * HOUR, pool=OTHER_POOL)) == pytest.approx(unit * 4)
    assert await connection.scalar(hashrate(START - HOUR, START)) == 0


async def test_hashrate_per_worker_has_the_fastest_first(connection: AsyncConnection) -> None:
    rows = await connection.execute(hashrate_per_worker(START, START + 2 * HOUR))
    assert [row.worker_id for row in rows] == [OTHER_RIG, RIG]


def test_a_window_that_ends_before_it_begins_is_an_error() -> None:
    with pytest.raises(ValueError, match="must end after it begins"):
        hashrate(START, START)


async def test_earnings_per_day(connection: AsyncConnection) -> None:
    days = [(POOL, 1, 10), (OTHER_POOL, 1, 5), (POOL, 2, 7), (POOL, 3, 1)]
    rates = {"internal_hashrate": 1, "external_hashrate": 1}
    await connection.execute(
        insert(Earning),
        [rates | {"pool_id": pool, "date": date(2025, 3, day), "reward_satoshi": reward} for pool, day, reward in days],
    )
    every = await connection.execute(earnings_per_day(date(2025, 3, 1), date(2025, 3, 3)))
    assert [tuple(row) for row in every] == [(date(2025, 3, 1), 15), (date(2025, 3, 2), 7)]
    one = await connection.execute(earnings_per_day(date(2025, 3, 1), date(2025, 3, 3), pool=POOL))
    assert [row.reward_satoshi for row in one] == [10, 7]


@pytest.fixture
def large_database(database_url: str) -> str:
    """1,000 pools, 5,000 miners, 105,000 shares, 91,000 earnings."""
    asyncio.run(_fill(database_url))
    return database_url


async def _fill(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as opened:
        await opened.run_sync(Base.metadata.create_all)
        for statement in (*LARGE.values(), "VACUUM ANALYZE"):
            await opened.execute(text(statement))
    await engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("server", [VERSIONS[-1]], indirect=True)
async def test_every_named_query_is_carried_by_its_index_on_a_large_data_set(large_database: str) -> None:
    scans = {each.name: await _scanned(large_database, each.statement) for each in named_queries(RIG, POOL)}
    assert scans == {each.name: [each.index] for each in named_queries(RIG, POOL)}
    assert await _scanned(large_database, select(Submission.id).where(Submission.job == "2")) == ["submissions"]


async def _scanned(url: str, statement: Statement) -> list[str]:
    return list(scans_of(await _plan(url, statement)))


async def _plan(url: str, statement: Statement) -> dict[str, Any]:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    written = statement.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})
    async with engine.connect() as opened:
        (answer,) = (await opened.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {written}")).one()
    await engine.dispose()
    plan: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan
