"""The host runner: a folder for each job on this machine, and processes in it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from sluice.runners.host.environment import base_environment
from sluice.runners.host.processes import TRACKING, HostProcess, marked, start_process, tracking_id
from sluice.runners.protocol import WorkspacePaths, WorkspaceRequest

CLEAN_UP_SECONDS = 10
_IMAGES = {
    "linux": ("linux", "ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04"),
    "darwin": ("macos", "macos-latest", "macos-15", "macos-14"),
}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class HostWorkspace:
    """One job's folders and processes."""

    def __init__(self, request: WorkspaceRequest, environment: Mapping[str, str]) -> None:
        self.paths = _make_folders(request)
        self.isolation: tuple[str, ...] = ("folder", "environment")
        self._programs: dict[tuple[str, str], str] = {}
        self.mark = tracking_id(request.run, request.job)
        self.environment: Mapping[str, str] = {
            **environment,
            "HOME": str(self.paths.home),
            "TMPDIR": str(self.paths.temp),
            TRACKING: self.mark,
        }

    async def start(self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> HostProcess:
        """Start a process with exactly this environment and the job's mark."""
        return start_process(command, {**environment, TRACKING: self.mark}, directory)

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
    for folder in (paths.workspace, paths.temp, paths.home, paths.files, paths.tools):
        folder.mkdir(parents=True, exist_ok=True)
    return paths


class HostRunner:
    """Runs jobs on this machine. ``labels`` are what it stands for besides ``self-hosted``."""

    name = "host"

    def __init__(self, *, labels: Iterable[str] = (), passed: Iterable[str] = ()) -> None:
        machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
        self.labels: tuple[str, ...] = ("self-hosted", machine, *_IMAGES.get(sys.platform, ()), *labels)
        self._environment = base_environment(os.environ, Path.home(), passed)

    @asynccontextmanager
    async def open(self, request: WorkspaceRequest) -> AsyncIterator[HostWorkspace]:
        """A workspace; whatever the job left running is ended with it."""
        workspace = HostWorkspace(request, self._environment)
        try:
            yield workspace
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(CLEAN_UP_SECONDS):
                await anyio.to_thread.run_sync(_end_leftovers, workspace.mark)

    def claims_ports(self) -> bool:
        """Jobs share the host's ports."""
        return True


def _end_leftovers(mark: str) -> None:
    for process in marked(mark):
        process.kill()
