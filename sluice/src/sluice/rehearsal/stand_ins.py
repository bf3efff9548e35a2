"""The stand-ins of one run: each is started by the first that asks for it and closed with the run.

In: a folder of the run. Out: running stand-ins, one of each kind. A run that publishes starts none for the outside,
and here has who deploys for its jobs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeVar, cast

import anyio


class StandIn(Protocol):
    """Something that answers in place of the outside for as long as the run lasts."""

    async def close(self) -> None:
        """Answer no more; what it kept stays in its folder until the run's is removed."""
        ...


Kind = TypeVar("Kind", bound=StandIn)


class StandIns:
    """``folder`` holds what they keep, a folder for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starting = anyio.Lock()
        self._running: dict[type[StandIn], StandIn] = {}

    async def use(self, kind: type[Kind], start: Callable[[Path], Awaitable[Kind]]) -> Kind:
        """The run's stand-in of this kind; the first call starts it, with a folder of its own.

        A start that fails is tried again by the next that asks.
        """
        async with self._starting:
            if kind not in self._running:
                folder = self._folder / kind.__name__
                folder.mkdir(parents=True, exist_ok=True)
                self._running[kind] = await start(folder)
            return cast("Kind", self._running[kind])

    async def close(self) -> None:
        """End them all, the last one first."""
        while self._running:
            _, stand_in = self._running.popitem()
            await stand_in.close()
