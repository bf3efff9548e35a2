"""The host runner: a folder for each job on this machine, and processes in it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from sluice.runners.host.environment import base_environment, with_own_programs
from sluice.runners.host.isolation.held import HeldProcess, HeldServer
from sluice.runners.host.isolation.holding import Holding
from sluice.runners.host.isolation.isolation import Isolation, Level, levels_here
from sluice.runners.host.isolation.outside import loopback_ports
from sluice.runners.host.isolation.relay import DatagramRelay, Relay
from sluice.runners.host.isolation.spawning import Layers
from sluice.runners.host.npm_settings import npm_environment
from sluice.runners.host.processes import TRACKING, HostProcess, kill_all, marked, start_process, tracking_id
from sluice.runners.host.root_already import bring_sudo
from sluice.runners.host.rust_home import rust_environment, rust_in_place, rust_layers
from sluice.runners.listening import Listen, listen_for_datagrams, listen_on
from sluice.runners.protocol import WorkspacePaths, WorkspaceRequest
from sluice.source.errors import UnavailableError

CLEAN_UP_SECONDS = 10
_PROFILE = 'PATH="${SLUICE_PATH:-$PATH}"\n'
"""A login shell (``bash -l {0}``) has the step's PATH, as on GitHub; Debian's ``/etc/profile`` takes it away."""
_IMAGES = {
    "linux": ("linux", "ubuntu-latest", "ubuntu-26.04", "ubuntu-24.04", "ubuntu-22.04", "ubuntu-slim"),
    "darwin": ("macos", "macos-latest", "macos-15", "macos-14"),
}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def _images(machine: str) -> tuple[str, ...]:
    """The labels of GitHub's images that this machine stands for; those of arm64 have names of their own."""
    names = _IMAGES.get(sys.platform, ())
    numbered = [name for name in names if name.startswith("ubuntu-2")] if machine == "arm64" else []
    return (*names, *(f"{name}-arm" for name in numbered))


class HostWorkspace:
    """One job's folders and processes. ``keeper`` starts and ends them where the system has such a thing; it is the
    ``holding``, too, where it sets the job apart from the machine. Without that, ``address`` is where this machine
    listens for the job, ``way_to_listen`` how.
    """

    def __init__(self, request: WorkspaceRequest, environment: Mapping[str, str]) -> None:
        self.paths = _make_folders(request)
        self.isolation: tuple[str, ...] = ("folder", "environment")
        self.keeper: Holding | None = None
        self.holding: Holding | None = None
        self.address = "127.0.0.1"
        self.way_to_listen: Listen = listen_on
        self._programs: dict[tuple[str, str], str] = {}
        self._relays: list[Relay | DatagramRelay] = []
        self.mark = tracking_id(request.run, request.job)
        self._given = environment
        of_rust = rust_environment(environment, self.paths.home)
        path = of_rust.get("PATH", environment.get("PATH", ""))
        bring_sudo(self.paths.home, path)
        self.environment: Mapping[str, str] = {
            **environment,
            **of_rust,
            **npm_environment(environment, self.paths.root),
            "HOME": str(self.paths.home),
            "PATH": with_own_programs(path, self.paths.home),
            "TMPDIR": str(self.paths.temp),
            TRACKING: self.mark,
        }

    def hold(self, holding: Holding, level: Level, layers: Layers) -> None:
        """Let a keeper have the job's processes, and set the job apart if it does so. With a ``/tmp`` of its own it
        needs no ``TMPDIR``, as on GitHub's machines.
        """
        self.keeper = holding
        if not level.namespaces:
            return
        self.holding = holding
        self.isolation += level.words
        if layers.made:
            self.isolation += ("toolchains",)
            self.environment = {**self.environment, **rust_in_place(self._given)}
        if "temporary files" in level.words:
            self.environment = {name: value for name, value in self.environment.items() if name != "TMPDIR"}

    async def start(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path
    ) -> HostProcess | HeldProcess:
        """Start a process with exactly this environment and the job's mark."""
        marked_environment = {**environment, TRACKING: self.mark}
        if self.keeper is not None:
            return await self.keeper.start(command, marked_environment, directory)
        return start_process(command, marked_environment, directory)

    @property
    def apart(self) -> bool:
        """Whether the job has a place of its own."""
        return self.holding is not None

    async def listen(self, port: int = 0, *, datagrams: bool = False) -> socket.socket:
        """A socket that listens on a port of the job's loopback, 0 for a free one."""
        if self.holding is not None:
            return await self.holding.listen(port, kind="udp" if datagrams else "tcp")
        way = listen_for_datagrams if datagrams else self.way_to_listen
        try:
            return await anyio.to_thread.run_sync(way, self.address, port)
        except OSError as error:
            raise UnavailableError(f"port {port} of this machine can't be listened on: {error.strerror}") from error

    async def listen_named(self, name: str) -> socket.socket:
        """A socket with an abstract name (``unix(7)``), which the job's processes reach as ``@name``."""
        if self.holding is not None:
            return await self.holding.listen_named(name)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(f"\0{name}")
            listener.listen(128)
        except OSError as error:
            listener.close()
            raise UnavailableError(f"the name '{name}' can't be listened on: {error.strerror}") from error
        return listener

    async def serve(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path
    ) -> HeldServer:
        """Start a server beside the job's steps. Only a job that is set apart has a place for one."""
        if self.holding is None:
            raise UnavailableError("this job has no place of its own for a server")
        return await self.holding.serve(command, environment, directory, log)

    async def pass_on(self, port: int, target: int, *, datagrams: bool = False) -> int:
        """Lead a port of the job's loopback to one of this machine's; the port that it is."""
        listener = await (self.listen(port, datagrams=True) if datagrams else self.listen(port))
        taken: int = listener.getsockname()[1]
        relay = (DatagramRelay if datagrams else Relay)(listener, target)
        await relay.start()
        self._relays.append(relay)
        return taken

    def close(self) -> None:
        """Accept no more for others."""
        for relay in self._relays:
            relay.close()

    def to_job(self, text: str) -> str:
        """The text as it is: processes of the job see this machine's paths."""
        return text

    def to_host(self, text: str) -> str:
        """The text as it is, for the same reason."""
        return text

    async def lend(self, program: Path) -> str:
        """Where it is."""
        return str(program)

    def name_host(self, name: str) -> None:
        """Add a line to the job's own ``hosts`` file."""
        hosts = self.paths.root / "etc/hosts"
        if self.holding is None or not hosts.is_file():
            return
        with hosts.open("a", encoding="utf-8") as file:  # in place: the file is mounted where the job looks for it
            file.write(f"127.0.0.1 {name}\n")

    def find_program(self, name: str, search_path: str) -> str | None:
        """Where a program is on this PATH."""
        known = self._programs.get((name, search_path))
        if known is None or not os.access(known, os.X_OK):
            known = shutil.which(name, path=search_path)
            if known is not None:
                self._programs[name, search_path] = known
        return known


def _make_folders(request: WorkspaceRequest) -> WorkspacePaths:
    name = request.repository.rpartition("/")[2] or "work"
    root = request.root
    paths = WorkspacePaths(
        root=root,
        workspace=root / "work" / name / name,
        temp=root / "temp",
        home=root / "home",
        files=root / "files",
        tools=request.tools,
        actions=request.actions,
    )
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (paths.workspace, paths.temp, paths.home, paths.files, paths.tools, paths.actions):
        folder.mkdir(parents=True, exist_ok=True)
    (paths.home / ".profile").write_text(_PROFILE, encoding="utf-8")
    return paths


class HostRunner:
    """Runs jobs on this machine. ``labels`` are what it stands for besides ``self-hosted``."""

    name = "host"

    def __init__(
        self, *, labels: Iterable[str] = (), passed: Iterable[str] = (), degrees: Iterable[Level] | None = None
    ) -> None:
        machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
        self.labels: tuple[str, ...] = ("self-hosted", machine, *_images(machine), *labels)
        self._environment = base_environment(os.environ, Path.home(), passed)
        self.isolation = Isolation(levels_here() if degrees is None else degrees)

    def prepare(self) -> None:
        """Start at once what the first job would wait for. Not needed: a job that finds nothing starts it."""
        self.isolation.prepare()

    def rest(self) -> None:
        """End what waits for further jobs. Not needed: the end of this process does so, and takes longer for it."""
        self.isolation.rest()

    @asynccontextmanager
    async def open(self, request: WorkspaceRequest) -> AsyncIterator[HostWorkspace]:
        """A workspace; whatever the job left running is ended with it."""
        workspace = HostWorkspace(request, self._environment)
        visible = _visible(request, self._environment)
        layers = rust_layers(self._environment, request.root)
        try:
            async with self.isolation.hold(request.root, visible, layers) as held:
                if held is not None:
                    workspace.hold(held.holding, held.level, layers)
                    await _reach_loopback(workspace, held.level, self._environment)
                yield workspace
        finally:
            workspace.close()
            if workspace.holding is None:
                with anyio.CancelScope(shield=True), anyio.move_on_after(CLEAN_UP_SECONDS):
                    await anyio.to_thread.run_sync(kill_all, partial(marked, workspace.mark))

    def claims_ports(self) -> bool:
        """Whether jobs share the host's ports."""
        level = self.isolation.level
        return level is None or level.way_out == "shared"


async def _reach_loopback(workspace: HostWorkspace, level: Level, environment: Mapping[str, str]) -> None:
    """Let the job reach the proxies and registries of this machine's loopback that its environment names."""
    if level.way_out != "shared":
        for port in sorted(set(loopback_ports(environment.values()))):
            await workspace.pass_on(port, port)


def _visible(request: WorkspaceRequest, environment: Mapping[str, str]) -> list[str]:
    """What the job must see although it may lie in the temporary folder that it does not see."""
    places = {request.root, request.tools, request.actions, *request.visible, Path(sys.prefix), Path(sys.base_prefix)}
    named = [part for value in environment.values() for part in value.split(os.pathsep)]
    paths = {os.path.normpath(part) for part in (*named, *sys.path) if part.startswith("/")}  # unix:///... among them
    return sorted({str(place) for place in places} | paths)
