"""What tests ask for by name."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from servers import database_url, server, shared_database_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from loka_model.models import Base

__all__ = ["anyio_backend", "database_url", "modelled", "server", "shared_database_url", "tables"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def modelled(shared_database_url: str) -> str:
    """A database with the model's tables; they are made once, for that takes longer than most tests."""
    url = shared_database_url.replace("postgresql://", "postgresql+asyncpg://")
    asyncio.run(_make_tables(url))
    return url


async def _make_tables(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as opened:
        await opened.run_sync(Base.metadata.create_all)
    await engine.dispose()


@pytest.fixture
async def tables(modelled: str) -> AsyncIterator[AsyncConnection]:
    """A connection to the model's tables; they are empty, and whatever a test does to them is undone."""
    engine = create_async_engine(modelled)
    async with engine.connect() as opened, opened.begin() as transaction:
        yield opened
        await transaction.rollback()
    await engine.dispose()
