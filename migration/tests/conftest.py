"""A database of its own for each test that asks for one."""

from collections.abc import Iterator

import pytest
from servers import Server, installed_versions, temporary_server


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(
    scope="session", params=sorted(installed_versions()) or [0], ids=lambda version: f"postgresql-{version}"
)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A running server, of each version that can be had."""
    if not request.param:
        pytest.skip("no PostgreSQL server is installed")
    with temporary_server(request.param) as running:
        yield running


@pytest.fixture
def database_url(server: Server) -> str:
    """An empty database."""
    return server.create_database()
