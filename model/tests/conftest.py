"""What tests ask for by name."""

import pytest
from servers import database_url, server

__all__ = ["anyio_backend", "database_url", "server"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
