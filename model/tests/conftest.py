"""What tests ask for by name."""

from collections.abc import AsyncIterator

import pytest
from servers import database_url, server, shared_database_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from loka_model.models import Base

__all__ = ["anyio_backend", "database_url", "server", "shared_database_url", "tables"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def tables(shared_database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection to the model's tables; they are empty, and whatever a test does to them is undone."""
    engine = create_async_engine(shared_database_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.connect() as opened, opened.begin() as transaction:
        await opened.run_sync(Base.metadata.create_all)
        yield opened
        await transaction.rollback()
    await engine.dispose()
