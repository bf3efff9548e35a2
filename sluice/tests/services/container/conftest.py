"""A real container engine."""

from __future__ import annotations

import pytest
from containers import BUSYBOX, running_engine

from sluice.runners.container.engine import Engine


@pytest.fixture
def engine() -> Engine:
    return running_engine(BUSYBOX)
