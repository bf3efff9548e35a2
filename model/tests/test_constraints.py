"""Each constraint is violated on purpose and must refuse, and name itself."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from loka_model.amounts import MOST_DIFFICULTY, MOST_SATOSHI, hashes
from loka_model.models import Base, Distribution, Earning, Miner, Pool, Submission, Worker

pytestmark = [pytest.mark.anyio, pytest.mark.needs_postgresql]

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
POOL, OTHER_POOL, MINER, OTHER_MINER, WORKER = (uuid.UUID(int=number) for number in range(1, 6))
NOBODY = uuid.UUID(int=99)
ROWS: dict[type[Base], dict[str, object]] = {
    Pool: {"name": "third", "host": "pool.example", "port": 3333, "username": "u"},
    Miner: {"username": "carol"},
    Worker: {"miner_id": MINER, "pool_id": POOL, "name": "second"},
    Submission: {
        "worker_id": WORKER,
        "pool_id": POOL,
        "job": "1f",
        "difficulty": Decimal("0.001"),
        "verdict": "accepted",
        "submitted_at": NOW,
        "answered_at": NOW,
    },
    Earning: {
        "pool_id": POOL,
        "date": date(2025, 3, 1),
        "reward_satoshi": 5,
        "internal_hashrate": 1,
        "external_hashrate": 1,
    },
    Distribution: {
        "pool_id": POOL,
        "miner_id": MINER,
        "worker_id": WORKER,
        "date": date(2025, 3, 1),
        "reward_satoshi": 5,
        "internal_hashrate": 1,
        "external_hashrate": 1,
    },
}
EARLIER = NOW - timedelta(days=1)

VIOLATIONS: list[tuple[type[Base], dict[str, object], str]] = [
    (Pool, {"id": POOL}, "pk_pools"),
    (Pool, {"name": "first"}, "uq_pools_name"),
    (Pool, {"name": ""}, "ck_pools_name"),
    (Pool, {"host": ""}, "ck_pools_host"),
    (Pool, {"port": 0}, "ck_pools_port"),
    (Pool, {"port": 65536}, "ck_pools_port"),
    (Pool, {"priority": -1}, "ck_pools_priority"),
    (Miner, {"id": MINER}, "pk_miners"),
    (Miner, {"username": "alice"}, "uq_miners_username"),
    (Worker, {"id": WORKER}, "pk_workers"),
    (Worker, {"name": "rig"}, "uq_workers_pool_id_miner_id_name"),
    (Worker, {"miner_id": NOBODY}, "fk_workers_miner_id"),
    (Worker, {"pool_id": NOBODY}, "fk_workers_pool_id"),
    (Worker, {"created_at": NOW, "last_seen_at": EARLIER}, "ck_workers_seen_after_creation"),
    (Submission, {"worker_id": NOBODY}, "fk_submissions_worker_id_pool_id"),
    (Submission, {"pool_id": OTHER_POOL}, "fk_submissions_worker_id_pool_id"),
    (Submission, {"difficulty": 0}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": -1}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": MOST_DIFFICULTY + 1}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": Decimal("NaN")}, "ck_submissions_difficulty"),
    (Submission, {"difficulty": Decimal("1e-65")}, "ck_submissions_difficulty_digits"),
    (Submission, {"verdict": "perhaps"}, "ck_submissions_verdict"),
    (Submission, {"reject_reason": "why"}, "ck_submissions_accepted_without_reason"),
    (Submission, {"answered_at": None}, "ck_submissions_answered_with_time"),
    (Submission, {"verdict": "unanswered"}, "ck_submissions_answered_with_time"),
    (Earning, {"pool_id": OTHER_POOL}, "uq_earnings_pool_id_date"),
    (Earning, {"pool_id": NOBODY}, "fk_earnings_pool_id"),
    (Earning, {"reward_satoshi": -1}, "ck_earnings_reward_satoshi"),
    (Earning, {"reward_satoshi": MOST_SATOSHI + 1}, "ck_earnings_reward_satoshi"),
    (Earning, {"internal_hashrate": -1}, "ck_earnings_internal_hashrate"),
    (Earning, {"internal_hashrate": Decimal("NaN")}, "ck_earnings_internal_hashrate"),
    (Earning, {"external_hashrate": -1}, "ck_earnings_external_hashrate"),
    (Distribution, {"worker_id": NOBODY}, "fk_distributions_worker_id_miner_id_pool_id"),
    (Distribution, {"miner_id": OTHER_MINER}, "fk_distributions_worker_id_miner_id_pool_id"),
    (Distribution, {"pool_id": OTHER_POOL}, "fk_distributions_worker_id_miner_id_pool_id"),
    (Distribution, {"date": date(2025, 2, 1)}, "uq_distributions_worker_id_date"),
    (Distribution, {"reward_satoshi": -1}, "ck_distributions_reward_satoshi"),
    (Distribution, {"internal_hashrate": -1}, "ck_distributions_internal_hashrate"),
    (Distribution, {"external_hashrate": Decimal("1e40")}, "ck_distributions_external_hashrate"),
]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A farm with two pools, two miners and a worker."""
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as opened:
        await opened.run_sync(Base.metadata.create_all)
        for key, name in ((POOL, "first"), (OTHER_POOL, "second")):
            await opened.execute(insert(Pool).values(ROWS[Pool] | {"id": key, "name": name}))
        for key, name in ((MINER, "alice"), (OTHER_MINER, "bob")):
            await opened.execute(insert(Miner).values(id=key, username=name))
        await opened.execute(insert(Worker).values(ROWS[Worker] | {"id": WORKER, "name": "rig"}))
        await opened.execute(insert(Earning).values(ROWS[Earning] | {"pool_id": OTHER_POOL}))
        await opened.execute(insert(Distribution).values(ROWS[Distribution] | {"date": date(2025, 2, 1)}))
        yield opened
    await engine.dispose()


async def test_every_row_without_a_violation_is_taken_and_every_constraint_refuses(connection: AsyncConnection) -> None:
    for model, row in ROWS.items():
        async with connection.begin_nested() as savepoint:
            await connection.execute(insert(model).values(row))
            await savepoint.rollback()
    for model, change, constraint in VIOLATIONS:
        savepoint = await connection.begin_nested()
        with pytest.raises(DBAPIError, match=f'"{constraint}"'):
            await connection.execute(insert(model).values(ROWS[model] | change))
        await savepoint.rollback()


async def test_no_constraint_is_left_untried(connection: AsyncConnection) -> None:
    rows = await connection.execute(
        text("SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'")
    )
    tried = {constraint for *_, constraint in VIOLATIONS}
    referred_to = {"uq_workers_id_pool_id", "uq_workers_id_miner_id_pool_id"}  # no row can violate them before the key
    same_as_others = {"pk_submissions", "pk_earnings", "pk_distributions"}
    assert {name for (name,) in rows} == tried | referred_to | same_as_others


@pytest.mark.parametrize("column", ["name", "host", "username"])
async def test_a_name_longer_than_255_is_refused(connection: AsyncConnection, column: str) -> None:
    with pytest.raises(DBAPIError, match="value too long"):
        await connection.execute(insert(Pool).values(ROWS[Pool] | {column: "x" * 256}))


@pytest.mark.parametrize(
    "difficulty",
    ["1", "0.001", "1e15", "123456789012345.678901234567", "4.656542373906925e-10", "1e-64", str(MOST_DIFFICULTY)],
)
async def test_hashes_are_exact_for_any_difficulty(connection: AsyncConnection, difficulty: str) -> None:
    value = Decimal(difficulty)
    await connection.execute(insert(Submission).values(ROWS[Submission] | {"difficulty": value}))
    stored = (await connection.execute(select(Submission.difficulty, Submission.hashes, Submission.valid))).one()
    assert tuple(stored) == (value, hashes(value), True)


async def test_hashes_cannot_be_written(connection: AsyncConnection) -> None:
    with pytest.raises(DBAPIError, match="hashes"):
        await connection.execute(insert(Submission).values(ROWS[Submission] | {"hashes": 1}))


async def test_whatever_belonged_to_a_pool_goes_with_it(connection: AsyncConnection) -> None:
    await connection.execute(insert(Submission).values(ROWS[Submission]))
    await connection.execute(delete(Pool))
    for model in (Worker, Submission, Earning, Distribution):
        assert await connection.scalar(select(func.count()).select_from(model)) == 0
    assert await connection.scalar(select(func.count()).select_from(Miner)) == 2
