"""What a job's steps have in the engine: found by its labels and by the projects that it has, led to, removed.

In: a connection, the job's marks, how to listen in the job's network. Out: open ports; an engine without what was the
job's.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

import anyio

from sluice.runners.container.by_steps.belongings import Belongings
from sluice.runners.container.by_steps.images import JobImages
from sluice.runners.container.by_steps.projects import LABEL
from sluice.runners.container.by_steps.words import PORTS, read_ports
from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.leftovers.guarding import hold_project, release_project
from sluice.runners.host.isolation.relay import DatagramRelay, Relay
from sluice.source.errors import UnavailableError

_KINDS = (("networks", "remove_network", "Id"), ("volumes", "remove_volume", "Name"))


class Listen(Protocol):
    """How to listen on a port of the job's loopback."""

    async def __call__(self, port: int, /, *, datagrams: bool = False) -> socket.socket:
        """A socket for connections, or ``datagrams``. Raises ``UnavailableError`` when the port is taken."""
        ...


class StepContainers:
    """``engine`` is guarded, ``marks`` are the labels that say whose a container is, ``listen`` opens a port of the
    job's loopback. The job ``began`` then.
    """

    def __init__(self, engine: Engine, marks: Mapping[str, str], listen: Listen, began: datetime | None = None) -> None:
        self._engine = engine
        self._filters = [f"{name}={value}" for name, value in marks.items()]
        self._listen = listen
        self._relays: dict[tuple[int, str], Relay | DatagramRelay] = {}
        self._looking, self._claiming = anyio.Lock(), anyio.Lock()
        self.projects: set[str] = set()
        self.belongings = Belongings(engine, marks, self.projects, began or datetime.now(UTC))
        self.images = JobImages(engine, marks.get("sluice.run", ""), self.belongings.mark)

    @property
    def is_here(self) -> bool:
        """Whether what the engine publishes is published on this machine."""
        return self._engine.address.startswith("unix://")

    def claim(self, project: str) -> None:
        """Make a project of Compose the job's: what belongs to it goes with the job, also after ``kill -9``."""
        self.projects.add(project)
        hold_project(self._engine.address, project)

    async def claim_free(self, project: str) -> bool:
        """Claim a project that nobody has: no other job, and not the engine. Whether it is the job's now."""
        claims = self.belongings.claims
        async with self._claiming:
            if project in self.projects:
                return True
            if not await claims.take("project", project):
                return False
            if await self._is_known(project):
                await claims.release("project", project)
                return False
            self.claim(project)
        return True

    async def _is_known(self, project: str) -> bool:
        for kind in ("containers", "networks", "volumes"):
            options = {"all": True} if kind == "containers" else {}
            found = await self._engine.call(kind, filters={"label": f"{LABEL}={project}"}, **options)
            if found["Volumes"] if isinstance(found, dict) else found:
                return True
        return False

    async def look(self) -> list[str]:
        """Lead to the ports that are published now, and no longer to those that were; what stood in the way."""
        async with self._looking:
            wanted = {
                port: target
                for entry in await self._containers(running=True)
                for port, target in _published(entry).items()
            }
            for port in self._relays.keys() - wanted.keys():
                self._relays.pop(port).close()
            problems = [await self._lead(port, target) for port, target in wanted.items()]
        return [problem for problem in problems if problem is not None]

    async def _lead(self, port: tuple[int, str], target: int) -> str | None:
        try:
            if port in self._relays:
                self._relays[port].lead_to(target)
            else:
                self._relays[port] = await self._open(*port, target)
        except UnavailableError as error:
            return f"the published {error.message}"
        return None

    async def _open(self, port: int, kind: str, target: int) -> Relay | DatagramRelay:
        datagrams = kind == "udp"
        listener = await self._listen(port, datagrams=datagrams)
        relay = (DatagramRelay if datagrams else Relay)(listener, target)
        await relay.start()
        return relay

    def close(self) -> None:
        """Lead no more."""
        for relay in self._relays.values():
            relay.close()
        self._relays.clear()

    async def remove(self) -> None:
        """Take everything of the job out of the engine, whatever becomes of the caller."""
        with anyio.CancelScope(shield=True), suppress(UnavailableError):
            for entry in await self._containers(running=False):
                await self._engine.remove(entry["Id"])
            for kind, removal, key in _KINDS:
                for entry in await self._found(kind):
                    with suppress(EngineError):
                        await self._engine.call(removal, entry[key])
            await self.images.give_back()
            for image in await self.belongings.project_images():
                with suppress(EngineError):
                    await self._engine.call("remove_image", image)
            for project in self.projects:
                release_project(self._engine.address, project)

    async def _containers(self, *, running: bool) -> list[dict[str, Any]]:
        return await self._found("containers", all=not running)

    async def _found(self, kind: str, **options: object) -> list[dict[str, Any]]:
        marks = [self._filters, *([f"{LABEL}={project}"] for project in sorted(self.projects))]
        found: list[dict[str, Any]] = []
        for labels in marks:
            answer = await self._engine.call(kind, filters={"label": labels}, **options)
            found += (answer["Volumes"] or []) if isinstance(answer, dict) else answer
        return found


def _published(entry: Mapping[str, Any]) -> dict[tuple[int, str], int]:
    """By port and kind what is asked for and what the machine gave, each with the machine's port."""
    given = {(one["PrivatePort"], one["Type"]): one["PublicPort"] for one in _with_public(entry)}
    found = {(one["PublicPort"], one["Type"]): one["PublicPort"] for one in _with_public(entry)}
    for port in read_ports((entry.get("Labels") or {}).get(PORTS, "")):
        if (port.inner, port.kind) in given:
            found[port.outer, port.kind] = given[port.inner, port.kind]
    return found


def _with_public(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (one for one in entry.get("Ports") or () if one.get("PublicPort"))
