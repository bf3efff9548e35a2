"""What a service waits for before it starts, when nobody wants it any more."""

from __future__ import annotations

import threading
from pathlib import Path

import anyio
import pytest

from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.folders import own_place
from sluice.services.embedded.postgresql import provider
from sluice.services.launcher import LocalLauncher
from sluice.services.protocol import Place

pytestmark = pytest.mark.anyio


async def test_nobody_waits_for_a_fetch_that_is_not_wanted_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, released, done = threading.Event(), threading.Event(), threading.Event()

    def find(_: ContainerRequest) -> None:
        asked.set()
        released.wait(20)
        done.set()

    monkeypatch.setattr(provider, "_find", find)
    place = Place(launcher=LocalLauncher(), folder=tmp_path)
    with anyio.move_on_after(0.1) as scope:
        await provider.PostgresqlProvider().start(ContainerRequest(name="db", image="postgres:16"), place)
    assert (asked.is_set(), scope.cancelled_caught, done.is_set()) == (True, True, False)
    released.set()


def test_what_an_ended_process_left_half_made_is_removed_by_the_next_that_makes_it(tmp_path: Path) -> None:
    left = own_place(tmp_path, ".fetching-postgresql-16@")
    (left / "half").write_text("x", encoding="utf-8")
    others = own_place(tmp_path, ".fetching-postgresql-16-beta@")
    new = own_place(tmp_path, ".fetching-postgresql-16@")
    assert sorted(tmp_path.iterdir()) == sorted([new, others])
