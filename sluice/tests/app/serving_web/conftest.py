"""The web page of a small repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ending import ending
from web_client import HOST, TOKEN, Client

from sluice.app.serving_web.guard import Keys
from sluice.app.serving_web.routes import make_app
from sluice.app.serving_web.site import Site
from sluice.store.runs.sqlite import SqliteStore


@pytest.fixture(scope="session", autouse=True)
def runs_end(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The page starts runs that outlive it; they must not outlive the tests."""
    with ending(tmp_path_factory.getbasetemp()):
        yield


@pytest.fixture
def site(repository: Path, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "home/state").mkdir(parents=True, exist_ok=True)
    with SqliteStore(tmp_path / "home/state") as store:
        yield Site(repository.resolve(), "octo/app", store, f"http://{HOST}")


@pytest.fixture
def client(site: Site) -> Client:
    """Somebody who has signed in."""
    keys = Keys(token=TOKEN, hosts=(HOST, HOST.replace("127.0.0.1", "localhost")))
    return Client(app=make_app(site, keys))
