"""A migrated database of its own for each test that asks for one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import GIVEN, Server, temporary_server

from loka_migration.moving import up
from loka_model.address import DatabaseAddress
from loka_model.models import Base
from loka_stratum.storage.settings import PoolDefinition, StorageSettings

TABLES = [table.name for table in reversed(Base.metadata.sorted_tables)]
"""Those that others refer to come last."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def newest() -> Iterator[Server]:
    """A running server: the store does on each version what it does on the newest, as the migrations' tests show."""
    if GIVEN:
        yield Server(GIVEN)
        return
    with temporary_server() as running:
        yield running


@pytest.fixture(scope="session")
def migrated(newest: Server) -> Iterator[str]:
    """A database with Loka's tables, to be copied: that takes a third of the time of migrating one more."""
    url = newest.create_database()
    asyncio.run(up(DatabaseAddress.parse(url)))
    yield url
    newest.drop_database(url)


@pytest.fixture(scope="session")
def spares(newest: Server) -> Iterator[list[str]]:
    """Databases that a test has left with Loka's tables and that were emptied: a third of the time of a copy."""
    urls: list[str] = []
    yield urls
    for url in urls:
        newest.drop_database(url)


@pytest.fixture
def database_url(newest: Server, migrated: str, spares: list[str]) -> Iterator[str]:
    """A database with Loka's tables and nothing in them, for this test alone."""
    url = spares.pop() if spares else newest.create_database(like=migrated)
    yield url
    if newest.empty(url, TABLES):
        spares.append(url)
    else:
        newest.drop_database(url)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> StorageSettings:
    """A store in that database, quick to try again."""
    pool = PoolDefinition(name="main", host="pool.example", port=3333, username="farm")
    folder = tmp_path / "spool"
    folder.mkdir()
    return StorageSettings(folder=folder, dsn=database_url, pools=(pool,), linger_seconds=0.01, most_delay_seconds=0.2)
