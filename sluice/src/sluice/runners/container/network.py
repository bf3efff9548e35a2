"""The network of one job's containers: how they reach each other, and what runs on this machine for the job.

A server on this machine that listens on ``gateway`` is reached from the job's containers; ``hosts`` are the names of
such servers, for containers that start later.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct, field

from sluice.runners.container.engine import Engine
from sluice.runners.container.leftovers.guarding import guard
from sluice.runners.container.leftovers.prune import job_network
from sluice.runners.listening import is_here


class JobNetwork(Struct, kw_only=True):
    """``name`` is the engine's for it, ``gateway`` this machine's address in it, which may come only when the first
    container starts.
    """

    engine: Engine
    name: str
    gateway: str
    labels: dict[str, str]
    comes_later: bool = False
    hosts: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def open_network(engine: Engine, run: str, job: str) -> AsyncIterator[JobNetwork]:
    """A network while the job's containers need it. Raises ``UnavailableError``."""
    await guard(engine)
    labels = {"sluice.run": run, "sluice.job": job}
    mark = hashlib.sha256(f"{run} {job}".encode()).hexdigest()[:8]
    async with job_network(engine, f"sluice-{mark}-{uuid.uuid4().hex[:8]}", labels) as name:
        details = await engine.call("inspect_network", name)
        settings = (details.get("IPAM") or {}).get("Config") or [{}]
        gateway = settings[0].get("Gateway", "")
        later = await gateway_comes_later(engine, gateway)
        yield JobNetwork(engine=engine, name=name, gateway=gateway, labels=labels, comes_later=later)


async def gateway_comes_later(engine: Engine, gateway: str) -> bool:
    """Podman as root makes a network's bridge when the first container starts. Rootless, it makes one elsewhere."""
    if not engine.address.startswith("unix://") or is_here(gateway):
        return False
    parts = (await engine.call("version")).get("Components") or ()
    podman = any(part["Name"] == "Podman Engine" for part in parts)
    return podman and not (await engine.call("info")).get("Rootless", False)
