"""The network of one job's containers: how they reach each other, and what runs on this machine for the job.

A server on this machine that listens on ``gateway`` is reached from the job's containers; ``hosts`` are the names of
such servers, for containers that start later.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
import anyio.to_thread
from msgspec import Struct, field

from sluice.runners.container.engine import Engine, is_podman, is_rootless
from sluice.runners.container.leftovers.guarding import guard
from sluice.runners.container.leftovers.prune import job_network
from sluice.runners.container.rootless import ListensInside
from sluice.runners.container.volumes import mark_of, remove_volumes
from sluice.runners.host.isolation.relay import Relay
from sluice.runners.listening import Listen, is_here, listen_ahead, listen_on
from sluice.source.errors import UnavailableError


class JobNetwork(Struct, kw_only=True):
    """``name`` is the engine's for it, ``gateway`` this machine's address in it, which may come only when the first
    container starts: ``listen`` is how to listen there all the same.
    """

    engine: Engine
    name: str
    gateway: str
    labels: dict[str, str]
    listen: Listen = listen_on
    hosts: dict[str, str] = field(default_factory=dict)
    relays: list[Relay] = field(default_factory=list)

    @property
    def is_elsewhere(self) -> bool:
        """Whether an ordinary server of this machine can't listen on ``gateway``."""
        return self.listen is not listen_on

    async def settle(self) -> None:
        """To be called once a container runs in it. Raises ``UnavailableError``."""
        if isinstance(self.listen, ListensInside):
            await self.listen.renew()

    async def lead(self, port: int, target: int) -> None:
        """Lead a port of ``gateway`` to one of this machine's loopback. Raises ``UnavailableError``."""
        try:
            listener = await anyio.to_thread.run_sync(self.listen, self.gateway, port)
        except OSError as error:
            raise UnavailableError(
                f"port {port} of the job's network can't be listened on: {error.strerror}"
            ) from error
        self.relays.append(Relay(listener, target))
        await self.relays[-1].start()


@asynccontextmanager
async def open_network(engine: Engine, run: str, job: str) -> AsyncIterator[JobNetwork]:
    """A network while the job's containers need it. Raises ``UnavailableError``."""
    await guard(engine)
    labels = {"sluice.run": run, "sluice.job": job}
    async with job_network(engine, f"sluice-{mark_of(labels)}-{uuid.uuid4().hex[:8]}", labels) as name:
        details = await engine.call("inspect_network", name)
        settings = (details.get("IPAM") or {}).get("Config") or [{}]
        gateway = settings[0].get("Gateway", "")
        listen = await way_to_listen(engine, gateway)
        network = JobNetwork(engine=engine, name=name, gateway=gateway, labels=labels, listen=listen)
        try:
            yield network
        finally:
            for relay in network.relays:
                relay.close()
            if isinstance(listen, ListensInside):
                listen.close()
            with anyio.CancelScope(shield=True), suppress(UnavailableError):
                await remove_volumes(engine, labels)


async def way_to_listen(engine: Engine, gateway: str) -> Listen:
    """Podman as root makes a network's bridge when the first container starts. Rootless, it makes one elsewhere."""
    if not engine.address.startswith("unix://") or is_here(gateway):
        return listen_on
    if not await is_podman(engine):
        return listen_on
    return ListensInside() if await is_rootless(engine) else listen_ahead
