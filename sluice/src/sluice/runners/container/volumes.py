"""The named volumes of ``container:`` and of services: the job's, as if it had the machine for itself.

In: what is bound. Out: volumes with the job's labels, which go with it. One that the machine has already stays its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from sluice.runners.container.engine import Engine, EngineError


async def make_volumes(engine: Engine, binds: Iterable[str], labels: Mapping[str, str]) -> None:
    """Have those that ``NAME:PLACE`` names; the engine would make them without labels, and they would stay."""
    for name in dict.fromkeys(bind.partition(":")[0] for bind in binds if ":" in bind):
        if not name.startswith(("/", ".", "~")):
            await engine.call("create_volume", name, labels=dict(labels))


async def remove_volumes(engine: Engine, labels: Mapping[str, str]) -> None:
    """Remove those of the job; one that another job uses stays until that ends."""
    wanted = [f"{name}={value}" for name, value in labels.items()]
    for one in (await engine.call("volumes", filters={"label": wanted}))["Volumes"] or ():
        with suppress(EngineError):
            await engine.call("remove_volume", one["Name"])
