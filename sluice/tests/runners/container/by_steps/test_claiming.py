"""A name in the engine that a dead process had: two that ask for it at once."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from fake_engine import SlowEngine, engine_of

from sluice.runners.container.by_steps.claiming import Claims
from sluice.runners.container.leftovers import watchdog
from sluice.runners.container.leftovers.ownership import OWNER
from sluice.runners.container.leftovers.prune import prune
from sluice.runners.container.leftovers.taking import LockKeptError, taking

pytestmark = pytest.mark.anyio
DEAD = "999999999 1.0"


class Late(SlowEngine):
    """Removes and makes late, but the first that asks for it, so that another acts by what it saw before."""

    def __init__(self, *late: str) -> None:
        super().__init__()
        self.late = [*late]

    async def call(self, name: str, *words: str, **options: Any) -> Any:  # noqa: ANN401 - as the real one
        if name in self.late:
            self.late.remove(name)
            await anyio.sleep(0.2)
        return await super().call(name, *words, **options)


async def dead(engine: Late) -> None:
    late, engine.late = engine.late, []
    await Claims(engine_of(engine), {"job": "gone"}).take("container", "db")
    engine.things["volumes"][0]["Labels"][OWNER] = DEAD
    engine.late = late


async def test_one_of_two_gets_what_a_dead_process_had() -> None:
    engine, got = Late("remove_volume"), dict[str, bool]()
    await dead(engine)

    async def take(job: str) -> None:
        got[job] = await Claims(engine_of(engine), {"job": job}).take("container", "db")

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            for job in "ab":
                group.start_soon(take, job)
    assert sorted(got.values()) == [False, True]
    holder = next(job for job, taken in got.items() if taken)
    assert [one["Labels"]["job"] for one in engine.things["volumes"]] == [holder]


async def test_who_cleans_up_leaves_what_another_took_meanwhile() -> None:
    engine = Late("remove_volume")
    await dead(engine)

    async def take() -> None:
        await anyio.sleep(0.05)
        assert await Claims(engine_of(engine), {"job": "a"}).take("container", "db")

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(prune, engine_of(engine))
            group.start_soon(take)
    assert [one["Labels"]["job"] for one in engine.things["volumes"]] == ["a"]


def test_the_watchdog_leaves_what_another_took_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, owners = list[str](), {"/volumes/a": "gone", "/volumes/b": "alive"}

    def ask(_: str, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
        asked.append(f"{method} {path}")
        if "filters" in path:
            return {"Volumes": [{"Name": "a"}, {"Name": "b"}]} if path.startswith("/volumes") else []
        return {"Labels": {"sluice.owner": owners[path]}} if method == "GET" else None

    monkeypatch.setattr(watchdog, "_ask", ask)
    monkeypatch.setattr("sys.stdin", [])
    watchdog.main("unix:///x", "gone")
    assert {one for one in asked if one.startswith("DELETE")} == {"DELETE /volumes/a"}


def test_the_lock_is_of_no_file_that_another_user_made() -> None:
    lock = watchdog.locked()
    other = os.open("/tmp", os.O_RDONLY)
    try:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(lock)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


async def test_a_lock_that_another_process_keeps_ends_the_waiting_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = Late()
    await dead(engine)
    monkeypatch.setattr(watchdog.locked, "__defaults__", (0.05,))
    monkeypatch.setattr(watchdog, "LOCK", str(tmp_path))  # the machine's, another process may have for longer
    lock = watchdog.locked()
    try:
        with anyio.fail_after(5), pytest.raises(LockKeptError, match="another process keeps the lock on /") as kept:
            await Claims(engine_of(engine), {"job": "b"}).take("container", "db")
        with anyio.fail_after(5):
            assert await prune(engine_of(engine)) == []
    finally:
        os.close(lock)
    assert "lslocks" in (kept.value.hint or "")
    assert await Claims(engine_of(engine), {"job": "b"}).take("container", "db")


async def test_who_waits_takes_no_thread_that_the_holder_needs() -> None:
    lock, limiter = watchdog.locked(), anyio.to_thread.current_default_thread_limiter()
    before, limiter.total_tokens = limiter.total_tokens, 1

    async def wait() -> None:
        async with taking():
            pass

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await anyio.sleep(0.05)
            with anyio.move_on_after(1) as late:
                await anyio.to_thread.run_sync(int)
            os.close(lock)
    finally:
        limiter.total_tokens = before
    assert not late.cancelled_caught
