"""A job's container as its workspace: the runner's folders mounted in, each step's process started by ``exec``.

In: the workspace on this machine (``outer``), a container that runs. Out: what ``runners.protocol.Workspace`` says.
Paths are translated where a process starts: the engine speaks of this machine's, the process sees the container's.
"""

from __future__ import annotations

import hashlib
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio.to_thread
from msgspec import Struct

from sluice.runners.container.engine import Engine
from sluice.runners.container.leftovers.giving_back import taking_back
from sluice.runners.container.network import JobNetwork
from sluice.runners.container.processes.execution import (
    NOT_STARTED,
    ContainerProcess,
    call_quietly,
    run_quietly,
    start_in,
)
from sluice.runners.container.specification.paths import PathMap
from sluice.runners.protocol import Server, Workspace
from sluice.source.errors import UnavailableError

_FIND = ("sh", "-c", 'PATH="$1" command -v "$2"', "sh")
_PRELOADED = ("bash", "sh", "python", "python3", "pwsh")
_PRELOAD = ("sh", "-c", 'for name in "$@"; do command -v "$name"; done; :', "sh", *_PRELOADED)
_TIMES = 3
"""How often a shell that ended well and said nothing is asked: a busy Podman can lose what a command printed."""


class RunningContainer(Struct, frozen=True, kw_only=True):
    """A job's container: ``variables`` are ``NAME=value``."""

    engine: Engine
    identifier: str
    paths: PathMap
    network: JobNetwork
    variables: tuple[str, ...]


class ContainerWorkspace:
    """``environment`` is the image's and the container's own, as the engine has it."""

    apart = False

    def __init__(self, outer: Workspace, running: RunningContainer) -> None:
        self.outer = outer
        self.paths = outer.paths
        self.isolation: tuple[str, ...] = ("container",)
        self.identifier = running.identifier
        self._engine = running.engine
        self._map = running.paths
        self._network = running.network
        self._programs: dict[tuple[str, str], str | None] = {}
        given = dict(variable.partition("=")[::2] for variable in running.variables)
        self.environment: Mapping[str, str] = {**given, "HOME": str(outer.paths.home)}

    async def look_around(self) -> None:
        """Learn where the usual shells are. Raises ``UnavailableError`` for an image that has none."""
        for _ in range(_TIMES):
            code, output = await call_quietly(self._engine, self.identifier, _PRELOAD)
            if code or output:
                break
        else:
            raise UnavailableError("The container engine loses what a command in the job's container prints")
        found = {Path(line).name: line for line in output.splitlines()}  # busybox names its own without a path
        if code == NOT_STARTED or "sh" not in found:
            raise UnavailableError(
                "The job's container has no shell, so no step can run in it",
                tried=output.strip().splitlines()[-1:],
                hint="use an image with 'sh'",
            )
        path = self.environment.get("PATH", "")
        self._programs |= {(name, path): found.get(name) for name in _PRELOADED}

    def to_job(self, text: str) -> str:
        """This machine's paths as the container has them."""
        return self._map.inside(text)

    def to_host(self, text: str) -> str:
        """The container's paths as this machine has them."""
        return self._map.outside(text)

    async def start(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path
    ) -> ContainerProcess:
        """Start a process with this environment over the container's own."""
        return await start_in(
            self._engine,
            self.identifier,
            [self.to_job(word) for word in command],
            environment={name: self.to_job(value) for name, value in environment.items()},
            directory=self.to_job(str(directory)),
        )

    def find_program(self, name: str, search_path: str) -> str | None:
        """Where a program is on this PATH in the container."""
        key = (name, search_path)
        if key not in self._programs:
            command = (*_FIND, self.to_job(search_path), name)
            code, output = run_quietly(self._engine, self.identifier, command)
            self._programs[key] = output.strip() if code == 0 else None
        return self._programs[key]

    async def lend(self, program: Path) -> str:
        """A program of this machine where the container can run it; raises ``UnavailableError`` when it can't."""
        inner = self.to_job(str(program))
        if inner == str(program):
            inner = self.to_job(str(await anyio.to_thread.run_sync(self._copy, program)))
        code, output = await call_quietly(self._engine, self.identifier, (inner, "--version"))
        if code != 0:
            raise UnavailableError(
                f"'{program.name}' of this machine doesn't run in the job's container: {output.strip()}"
            )
        return inner

    def _copy(self, program: Path) -> Path:
        mark = hashlib.sha256(str(program.resolve()).encode()).hexdigest()[:8]
        copy = externals(self.outer) / mark / program.name
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(program, copy)
        return copy

    async def listen(self, port: int = 0, *, datagrams: bool = False) -> socket.socket:
        """A socket on this machine's address in the job's network."""
        if datagrams:
            raise UnavailableError(f"nothing of this machine listens for datagrams at port {port} of the job's network")
        try:
            return await anyio.to_thread.run_sync(self._network.listen, self._network.gateway, port)
        except OSError as error:
            raise UnavailableError(
                f"port {port} of the job's network can't be listened on: {error.strerror}",
                hint="is the container engine on this machine? Rootless and remote engines have networks of their own",
            ) from error

    async def listen_named(self, name: str) -> socket.socket:
        """Such names are this machine's: a container has its own."""
        raise UnavailableError(f"the job's container does not see the socket {name}")

    async def serve(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path
    ) -> Server:
        """Servers of a job with a container run on this machine."""
        del environment, log
        raise UnavailableError(f"'{command[0]}' can't be started in {directory}: a container has no place for servers")

    async def pass_on(self, port: int, target: int, *, datagrams: bool = False) -> int:
        """The container has this machine's address: nothing is led anywhere."""
        del datagrams
        raise UnavailableError(f"port {port} of the container can't be led to {target} of this machine")

    def name_host(self, name: str) -> None:
        """Names are given to a container when it is made."""

    async def give_back(self) -> None:
        """Let the user of this machine own what the container's users wrote into the job's folders."""
        command = await taking_back(self._engine, (str(self.paths.root), str(self.paths.tools)))
        if command:
            await call_quietly(self._engine, self.identifier, command)


def externals(workspace: Workspace) -> Path:
    """Where programs stand that a container is lent."""
    return workspace.paths.root / "externals"
