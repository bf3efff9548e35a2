"""Names in the engine that one job has to itself, whoever else asks for them: a job of this run, or of another process.

In: a connection, the job's marks. Out: whether a name is the job's. A volume holds each: to make one that exists gives
that one, with the marks of who made it. It goes as everything of the job's goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress

from sluice.runners.container.by_steps.naming import CLAIM
from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.leftovers.ownership import is_left, own_labels
from sluice.runners.container.leftovers.taking import taking


class Claims:
    """Those of one job, which ``marks`` tell from every other."""

    def __init__(self, engine: Engine, marks: Mapping[str, str]) -> None:
        self._engine = engine
        self._marks = marks

    async def take(self, kind: str, name: str) -> bool:
        """Whether the name is the job's now, or was already. What a process that is gone had is free, and so is every
        name of an engine that can't hold one.
        """
        try:
            found = await self._hold(kind, name)
            if self._is_own(found) or not is_left(found):
                return self._is_own(found)
            async with taking():
                return self._is_own(await self._instead(kind, name))
        except EngineError:
            return True

    async def _instead(self, kind: str, name: str) -> Mapping[str, str]:
        """The labels of whose the name is, once what a process that is gone had is removed. Another process may have
        taken it meanwhile.
        """
        if is_left(await self._hold(kind, name)):
            await self.release(kind, name)
        return await self._hold(kind, name)

    async def _hold(self, kind: str, name: str) -> Mapping[str, str]:
        """The labels of whose the name is now: the job's, if it was nobody's. Raises ``EngineError``."""
        labels = {**own_labels(self._marks), CLAIM: f"{kind} {name}"}
        made = await self._engine.call("create_volume", _place(kind, name), labels=labels)
        return made.get("Labels") or {}

    def _is_own(self, labels: Mapping[str, str]) -> bool:
        return self._marks.items() <= labels.items()

    async def release(self, kind: str, name: str) -> None:
        """Let others have it."""
        with suppress(EngineError):
            await self._engine.call("remove_volume", _place(kind, name))


def _place(kind: str, name: str) -> str:
    return f"sluice-claim-{hashlib.sha256(f'{kind} {name}'.encode()).hexdigest()[:16]}"
