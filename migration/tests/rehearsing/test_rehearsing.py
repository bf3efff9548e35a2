"""Migrations are tried on a real server: what is right passes, and each kind of mistake is found."""

import asyncio
import shutil
import textwrap
from pathlib import Path

import asyncpg
import pytest

from loka_migration import moving
from loka_migration.errors import MigrationError
from loka_migration.moving import up
from loka_migration.rehearsing.planning import plans
from loka_migration.rehearsing.round_trips import rehearse, schema
from loka_migration.rehearsing.violating import violate
from loka_model.address import DatabaseAddress
from loka_model.large import LARGE
from loka_model.violations import TRIED

pytestmark = [pytest.mark.anyio, pytest.mark.needs_postgresql]


@pytest.fixture
def address(database_url: str) -> DatabaseAddress:
    return DatabaseAddress.parse(database_url)


def execute(address: DatabaseAddress, statement: str) -> None:
    async def work() -> None:
        connection = await asyncpg.connect(address.dsn)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(work())


def count(address: DatabaseAddress, table: str) -> int:
    async def work() -> int:
        connection = await asyncpg.connect(address.dsn)
        rows: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - a table of the model
        await connection.close()
        return rows

    return asyncio.run(work())


@pytest.fixture
def migrated(address: DatabaseAddress) -> DatabaseAddress:
    asyncio.run(up(address))
    return address


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A second version's module, to be written by the test. Those that come after the first are not there."""
    here = tmp_path / "loka_migration"
    shutil.copytree(moving._HERE, here, ignore=shutil.ignore_patterns("v0002_*", "v0003_*", "v0004_*", "__pycache__"))
    monkeypatch.setattr(moving, "_HERE", here)
    return here / "versions/v0002_planted.py"


def version(upgrade: str, downgrade: str) -> str:
    return textwrap.dedent(f"""
        '''Planted.'''
        from alembic import op
        revision, down_revision = "0002", "0001"
        def upgrade(): {upgrade}
        def downgrade(): {downgrade}
        """)


@pytest.mark.slow
async def test_every_version_comes_back_to_where_it_was(address: DatabaseAddress) -> None:
    done = await rehearse(address)
    assert [each.version.revision for each in done] == ["0001", "0002", "0003", "0004"]
    assert min(min(each.up_seconds, each.down_seconds) for each in done) > 0
    assert "table submissions" in await schema(address)
    with pytest.raises(MigrationError, match="stands at 0004; a rehearsal takes an empty database") as caught:
        await rehearse(address)
    assert caught.value.exit_code == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("upgrade", "downgrade", "message"),
    [
        ("op.execute('CREATE TABLE left_over ()')", "pass", r"0002 \(Planted\) differs after down:\n\+table left_over"),
        ("pass", "op.drop_index('ix_workers_miner_id')", r"differs after down:\n-  CREATE INDEX ix_workers_miner_id"),
        ("op.execute('CREATE TYPE kind AS ENUM (0)'.replace('0', chr(39) * 2))", "pass", r"after down:\n\+type kind"),
    ],
)
async def test_a_version_without_a_way_back_is_found(
    address: DatabaseAddress, planted: Path, upgrade: str, downgrade: str, message: str
) -> None:
    planted.write_text(version(upgrade, downgrade), encoding="utf-8")
    with pytest.raises(MigrationError, match=message):
        await rehearse(address)


@pytest.mark.slow
def test_every_constraint_refuses_and_nothing_stays(migrated: DatabaseAddress) -> None:
    assert asyncio.run(violate(migrated)) == tuple(sorted(TRIED))
    assert {table: count(migrated, table) for table in LARGE} == dict.fromkeys(LARGE, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("ALTER TABLE pools DROP CONSTRAINT ck_pools_port", "takes what it must refuse: ck_pools_port$"),
        (
            "ALTER TABLE workers DROP CONSTRAINT fk_workers_pool_id",
            "takes what it must refuse: fk_workers_pool_id$",
        ),
        ("ALTER TABLE pools ADD CONSTRAINT ck_new CHECK (port <> 7)", "nothing tries ck_new$"),
    ],
)
def test_a_constraint_that_is_missing_or_untried_is_found(migrated: DatabaseAddress, change: str, message: str) -> None:
    execute(migrated, change)
    with pytest.raises(MigrationError, match=message):
        asyncio.run(violate(migrated))


@pytest.mark.slow
def test_plans_need_data(migrated: DatabaseAddress) -> None:
    with pytest.raises(MigrationError, match="has no workers") as caught:
        asyncio.run(plans(migrated))
    assert caught.value.exit_code == 2
