"""The seam between the engine and whatever serves ``services:``.

In: a service as the workflow asks for it, every expression evaluated, and a place: where its process runs and which
address it answers on. Out: a running service. Nothing here knows a step, a workflow file or an event.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sluice.runners.container.specification.request import ContainerRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The user and group ids that a server runs as."""

    user: int
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A server process to start: exactly this environment, output appended to ``log``.

    ``identity`` is who it becomes, where that is not who starts it. ``death_signal`` is what it gets when the process
    that started it dies, even by ``kill -9``.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    identity: Identity | None = None
    death_signal: int = signal.SIGKILL


class LaunchedProcess(Protocol):
    """A running server, in a process group of its own."""

    pid: int

    def exit_code(self) -> int | None:
        """Its exit code (``128 + n`` after signal ``n``), or ``None`` while it runs."""
        ...

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        ...

    def signal(self, number: int) -> None:
        """To the whole group; a group that is gone is no error."""
        ...


class Launcher(Protocol):
    """Starts processes somewhere: on the machine itself, in a job's network namespace.

    Inside a user namespace a server must not appear as root: PostgreSQL refuses to start as that. Files must have the
    same owners and paths there as here.
    """

    async def start(self, launch: Launch) -> LaunchedProcess:
        """Start it; raises ``UnavailableError`` when its program can't be started."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service runs, for one job.

    ``address`` is where it answers (of the job's own network, where it has one). ``folder`` is where its log is kept.
    ``environment`` is added to its processes: the mark by which leftovers are found. It must not be the mark of the
    job's steps, or a step that is ended would end the service, too. ``by_name``: the job runs in a container and
    reaches services by name and container port, so mappings don't count. ``led``: it can't listen where the job looks
    for it, so it takes any free port of ``address``, to which the job's is led. ``network`` is the container engine's
    network of the job, ``labels`` what its containers are marked with.
    """

    launcher: Launcher
    folder: Path
    address: str = "127.0.0.1"
    environment: Mapping[str, str] = field(default_factory=dict)
    by_name: bool = False
    led: bool = False
    network: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


class RunningService(Protocol):
    """A service that was started.

    ``ports`` maps container ports to the ports of ``host``, as ``job.services.NAME.ports`` has them. ``notices`` are
    sentences for the job's log: in what it differs from the image. ``identifier`` and ``network`` are
    ``job.services.NAME.id`` and ``.network``.
    """

    name: str
    host: str
    ports: Mapping[str, str]
    log: Path
    notices: Sequence[str]
    identifier: str
    network: str

    async def healthy(self, seconds: float) -> str | None:
        """Return once it is ready for use, or what is to be warned of; raises ``ServiceError`` when it ended, was found
        unhealthy, or at the end of ``seconds``.
        """
        ...

    async def stop(self, seconds: float) -> None:
        """End it and remove what it kept, by force after ``seconds``. Stopping twice is no error."""
        ...


class ServiceProvider(Protocol):
    """A way to serve images.

    ``publishes_on_machine``: its ports appear on the machine's loopback, wherever the job's processes are.
    """

    name: str
    publishes_on_machine: bool

    def is_for(self, image: str) -> bool:
        """Whether it is there for such images, so that somebody expects it to serve one."""
        ...

    def can_serve(self, request: ContainerRequest) -> str | None:
        """``None``, or the reason why not, as half a sentence for the user; quick, without the network."""
        ...

    async def start(self, request: ContainerRequest, place: Place) -> RunningService:
        """Start it, without waiting for it to be healthy. Raises ``UnavailableError`` when it can't be had, and
        ``ServiceError`` when it was had and failed.
        """
        ...
