"""Removes what runs that died left in a container engine: containers first, then the networks that held them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from sluice.services.container.engine import Engine
from sluice.services.container.ownership import OWNED, is_left, own_labels
from sluice.services.errors import ServiceError
from sluice.services.protocol import Place

_FILTER = {"label": OWNED}


async def prune(engine: Engine) -> list[str]:
    """Remove the containers and networks of processes that are gone; the names of those removed."""
    removed = []
    for container in await engine.call("containers", all=True, filters=_FILTER):
        if is_left(container["Labels"]):
            with suppress(ServiceError):  # another process removes it, too
                await engine.call("remove_container", container["Id"], v=True, force=True)
                removed.append(container["Names"][0].lstrip("/"))
    for network in await engine.call("networks", filters=_FILTER):
        if is_left(network["Labels"]):
            with suppress(ServiceError):
                await engine.call("remove_network", network["Id"])
                removed.append(network["Name"])
    return removed


@asynccontextmanager
async def job_network(engine: Engine, name: str, place: Place) -> AsyncIterator[str]:
    """A network for one job's containers, removed in the end; its name."""
    created = await engine.call("create_network", name, driver="bridge", labels=own_labels(place.labels))
    try:
        yield name
    finally:
        with anyio.CancelScope(shield=True), suppress(ServiceError):
            await engine.call("remove_network", created["Id"])
