"""Each constraint is violated on purpose and must refuse, and name itself."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from loka_model.amounts import MOST_DIFFICULTY, hashes
from loka_model.models import Distribution, Earning, Miner, Pool, Submission, Worker
from loka_model.violations import FARM, ROWS, TRIED, UNTRIED, VIOLATIONS

pytestmark = [pytest.mark.anyio, pytest.mark.needs_postgresql]


@pytest.fixture
async def connection(tables: AsyncConnection) -> AsyncConnection:
    """A farm with two pools, two miners and a worker."""
    for model, row in FARM:
        await tables.execute(insert(model).values(row))
    return tables


@pytest.mark.slow
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
    assert {name for (name,) in rows} == TRIED | UNTRIED


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
