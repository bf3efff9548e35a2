"""Each migration goes up and down on a real server; two at once are safe; a failure changes nothing."""

import asyncio
import time
from pathlib import Path

import asyncpg
import pytest
from migrating import on_the_newest

from loka_migration import moving
from loka_migration.errors import MigrationError
from loka_migration.generating import compare
from loka_migration.moving import LOCK, down, status, up, versions
from loka_model.address import DatabaseAddress

pytestmark = [pytest.mark.anyio, pytest.mark.needs_postgresql]
REVISIONS = ["0001", "0002", "0003", "0004"]
TABLES = {"pools", "miners", "workers", "submissions", "earnings", "distributions"}


@pytest.fixture
def address(database_url: str) -> DatabaseAddress:
    return DatabaseAddress.parse(database_url)


def test_the_versions_are_in_order_and_have_titles() -> None:
    assert [version.revision for version in versions()] == REVISIONS
    assert versions()[0].title == "Pools, miners and workers"


async def test_up_brings_an_empty_database_to_the_models_and_down_empties_it(address: DatabaseAddress) -> None:
    assert [version.revision for version in await up(address)] == REVISIONS
    assert await _tables(address) == TABLES | {"alembic_version"}
    assert await compare(address) == ()
    assert [version.revision for version in await down(address, 4)] == REVISIONS[::-1]
    assert await _tables(address) == {"alembic_version"}


@pytest.mark.slow
async def test_each_version_goes_up_down_and_up_again(address: DatabaseAddress) -> None:
    for number, revision in enumerate(REVISIONS, 1):
        assert [version.revision for version in await up(address, 1)] == [revision]
        there = await _tables(address)
        await down(address)
        await up(address, 1)
        assert await _tables(address) == there
        found = await status(address)
        assert (found.current, found.head, len(found.pending)) == (revision, "0004", 4 - number)
    assert await compare(address) == ()


async def test_there_is_nothing_to_do_twice(address: DatabaseAddress) -> None:
    assert await down(address) == ()
    await up(address)
    assert await up(address) == ()


@pytest.mark.parametrize("steps", [5, 100])
async def test_more_steps_than_there_are_is_a_mistake_and_changes_nothing(address: DatabaseAddress, steps: int) -> None:
    with pytest.raises(MigrationError, match=f"there are 4 pending versions, not {steps}") as caught:
        await up(address, steps)
    assert caught.value.exit_code == 2
    assert await _tables(address) == set()


async def test_of_migrators_at_once_one_migrates_and_the_others_find_it_done(address: DatabaseAddress) -> None:
    done = await asyncio.gather(*(up(address) for _ in range(4)))
    assert sorted(len(applied) for applied in done) == [0, 0, 0, 4]


async def test_a_migrator_that_waits_too_long_says_that_another_is_at_work(address: DatabaseAddress) -> None:
    other = await asyncpg.connect(address.dsn)
    await other.execute("SELECT pg_advisory_lock($1::int8)", LOCK)
    with pytest.raises(MigrationError) as caught:
        await up(address, wait_seconds=1)
    assert "another migration is at work" in caught.value.hint
    await other.close()
    assert len(await up(address)) == 4


async def test_a_failure_in_the_last_version_leaves_the_database_as_it_was(address: DatabaseAddress) -> None:
    await up(address, 2)
    await _execute(address, "CREATE TABLE distributions ()")
    with pytest.raises(MigrationError, match="distributions") as caught:
        await up(address)
    assert "something that no migration made has that name" in caught.value.hint
    assert (await status(address)).current == "0002"
    assert "earnings" not in await _tables(address)


async def test_a_revision_of_a_newer_package_is_named(address: DatabaseAddress) -> None:
    await up(address)
    await _execute(address, "UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(MigrationError, match=r"stands at revision 0099.*knows 0001 to 0004"):
        await status(address)


async def test_down_keeps_the_data_of_the_versions_that_stay(address: DatabaseAddress) -> None:
    await up(address)
    await _execute(address, "INSERT INTO miners (username) VALUES ('alice')")
    await down(address, 3)
    await up(address)
    assert await _value(address, "SELECT username FROM miners") == "alice"


async def test_a_server_that_dies_while_it_migrates_is_reported_without_a_traceback(address: DatabaseAddress) -> None:
    other = await asyncpg.connect(address.dsn)
    await other.execute("SELECT pg_advisory_lock($1::int8)", LOCK)
    async with asyncio.TaskGroup() as group:
        failing = group.create_task(_error_of(address))
        for _ in range(1000):
            if await other.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                break
            await asyncio.sleep(0.01)
        await other.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
    await other.close()
    assert "nothing was changed" in failing.result().hint


@pytest.mark.slow
@on_the_newest
async def test_a_large_data_set_migrates_in_under_a_minute(address: DatabaseAddress) -> None:
    await up(address, 3)
    await _execute(
        address,
        """
        INSERT INTO pools (name, host, port, username) SELECT n, 'h', 1, 'u' FROM generate_series(1, 1000) n;
        INSERT INTO miners (username) SELECT n FROM generate_series(1, 5000) n;
        INSERT INTO workers (miner_id, pool_id, name) SELECT m.id, p.id, '' FROM miners m, pools p WHERE p.name = '1';
        INSERT INTO submissions (worker_id, pool_id, job, difficulty, verdict, submitted_at, answered_at)
          SELECT id, pool_id, '1', 1, 'accepted', now(), now() FROM workers, generate_series(1, 40);
        """,
    )
    started = time.monotonic()
    await up(address)
    await down(address)
    assert time.monotonic() - started < 60


def test_the_migrations_stand_inside_the_package_so_that_the_wheel_has_them() -> None:
    folder = Path(moving.__file__).parent
    assert len(list((folder / "versions").glob("v*.py"))) == len(versions())
    assert (folder / "env.py").is_file()


async def _error_of(address: DatabaseAddress) -> MigrationError:
    with pytest.raises(MigrationError) as caught:
        await up(address)
    return caught.value


async def _tables(address: DatabaseAddress) -> set[str]:
    connection = await asyncpg.connect(address.dsn)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def _execute(address: DatabaseAddress, statement: str) -> None:
    connection = await asyncpg.connect(address.dsn)
    await connection.execute(statement)
    await connection.close()


async def _value(address: DatabaseAddress, query: str) -> object:
    connection = await asyncpg.connect(address.dsn)
    value: object = await connection.fetchval(query)
    await connection.close()
    return value
