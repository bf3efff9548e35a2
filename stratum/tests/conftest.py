"""What tests ask for by name."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
