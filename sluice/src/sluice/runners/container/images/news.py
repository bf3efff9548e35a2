"""What the engine tells of a long piece of work, a pull or a build, until it is done or nobody listens any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeAlias

import anyio

from sluice.runners.container.engine import Engine, EngineError

_PAUSE = 0.02
News: TypeAlias = Iterable[Mapping[str, Any]]


async def follow(engine: Engine, begin: Callable[[Any], News], hear: Callable[[Mapping[str, Any]], None]) -> None:
    """Begin some work with the engine's client and hear its news to the end. Raises ``EngineError``.

    Who is cancelled leaves at once, and hangs up with the next news: the engine then ends the work. The thread that
    listens to an engine which tells nothing holds up nobody, and goes with this process.
    """
    told: SimpleQueue[Mapping[str, Any] | None] = SimpleQueue()
    left, failures = Event(), list[BaseException]()

    def listen() -> None:
        try:
            engine.translated(lambda: _pass_on(begin(engine.client), told, left))
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            failures.append(error)
        told.put(None)

    Thread(target=listen, name="engine-news", daemon=True).start()
    try:
        await _hear(told, hear)
    finally:
        left.set()
    if failures:
        raise failures[0]


def _pass_on(news: News, told: SimpleQueue[Mapping[str, Any] | None], left: Event) -> None:
    """To the end, which gives the connection back. Raises ``EngineError`` for what went wrong under way."""
    problem = None
    for entry in news:
        if left.is_set():
            return
        problem = problem or entry.get("error")
        told.put(entry)
    if problem is not None:
        raise EngineError(f"The container engine refuses: {problem}")


async def _hear(told: SimpleQueue[Mapping[str, Any] | None], hear: Callable[[Mapping[str, Any]], None]) -> None:
    while True:
        try:
            entry = told.get_nowait()
        except Empty:
            await anyio.sleep(_PAUSE)
            continue
        if entry is None:
            return
        hear(entry)
