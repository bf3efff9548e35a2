"""Removes what runs that died left in a container engine: containers first, then their networks and volumes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import anyio

from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.leftovers.ownership import OWNED, is_left, own_labels
from sluice.runners.container.leftovers.taking import LockKeptError, taking

_FILTER = {"label": OWNED}


async def prune(engine: Engine) -> list[str]:
    """Remove the containers, networks and volumes of processes that are gone; the names of those removed."""
    removed = []
    for container in await engine.call("containers", all=True, filters=_FILTER):
        if is_left(container["Labels"]):
            with suppress(EngineError):  # another process removes it, too
                await engine.call("remove_container", container["Id"], v=True, force=True)
                removed.append((container["Names"] or [container["Id"][:12]])[0].lstrip("/"))
    for network in await engine.call("networks", filters=_FILTER):
        if is_left(network["Labels"]):
            with suppress(EngineError):
                await engine.call("remove_network", network["Id"])
                removed.append(network["Name"])
    volumes = (await engine.call("volumes", filters=_FILTER))["Volumes"] or ()
    with suppress(LockKeptError):  # a command that needs one of these names tells it
        for name in [one["Name"] for one in volumes if is_left(one["Labels"])]:
            removed += [name] if await _take_away(engine, name) else []
    return removed


async def _take_away(engine: Engine, volume: str) -> bool:
    """Whether it was still a dead process's, and is gone: another one may have it by now."""
    async with taking():
        with suppress(EngineError):
            if is_left((await engine.call("inspect_volume", volume)).get("Labels") or {}):
                await engine.call("remove_volume", volume)
                return True
    return False


@asynccontextmanager
async def job_network(engine: Engine, name: str, labels: Mapping[str, str]) -> AsyncIterator[str]:
    """A network for one job's containers, removed in the end; its name."""
    created = await engine.call("create_network", name, driver="bridge", labels=own_labels(labels))
    try:
        yield name
    finally:
        with anyio.CancelScope(shield=True), suppress(EngineError):
            await engine.call("remove_network", created["Id"])
