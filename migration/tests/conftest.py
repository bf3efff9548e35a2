"""What tests ask for by name."""

import pytest
from migrating import command, database
from servers import database_url, server

__all__ = ["anyio_backend", "command", "database", "database_url", "server"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
