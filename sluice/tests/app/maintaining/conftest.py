"""A scene of the repository that a test made, in spans of its own choice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sluice.app.maintaining.scene import Scene
from sluice.app.runs.history import open_store
from sluice.delivery.maintenance.model import Span
from sluice.store.places import find_places

MakeScene = Callable[..., Scene]
HOUR = 3600.0


@pytest.fixture
def make_scene(repository: Path) -> Iterator[MakeScene]:
    """The last hour, or from ``since`` on; ``later`` moves the end, as if so many seconds had passed."""
    with open_store() as store:

        def make(since: float | None = None, *, later: float = 0, offline: bool = True) -> Scene:
            now = time.time() + later
            span = Span(since=now - HOUR if since is None else since, until=now)
            return Scene(repository, store, find_places(), span, offline=offline)

        yield make
