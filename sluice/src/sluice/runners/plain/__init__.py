"""Stop-gap host runner without namespaces."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from sluice.runners.protocol import WorkspacePaths, WorkspaceRequest


class PlainProcess:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._p = process
        self.pid = process.pid
        self._fd = process.stdout.fileno()
        os.set_blocking(self._fd, False)
        self._pidfd = os.pidfd_open(self.pid)

    async def read(self, limit: int = 1 << 20) -> bytes:
        while True:
            try:
                return os.read(self._fd, limit)
            except BlockingIOError:
                await anyio.wait_readable(self._fd)

    async def wait(self) -> int:
        await anyio.wait_readable(self._pidfd)
        code = self._p.wait()
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    async def kill_tree(self) -> None:
        self.signal(signal.SIGKILL)


class PlainWorkspace:
    isolation: tuple[str, ...] = ()

    def __init__(self, request: WorkspaceRequest) -> None:
        name = request.repository.rpartition("/")[2] or "work"
        root = request.root
        self.paths = WorkspacePaths(
            root=root,
            workspace=root / "work" / name / name,
            temp=root / "temp",
            home=root / "home",
            files=root / "files",
            tools=request.tools,
            actions=request.actions,
        )
        for folder in (self.paths.workspace, self.paths.temp, self.paths.home, self.paths.files):
            folder.mkdir(parents=True, exist_ok=True)
        keep = {
            n: v
            for n, v in os.environ.items()
            if n in {"PATH", "LANG", "PYENV_ROOT"} or "CERT" in n or "CA_" in n or n.startswith(("PIP_", "UV_"))
        }
        self.environment: Mapping[str, str] = {**keep, "HOME": str(self.paths.home), "TMPDIR": str(self.paths.temp)}

    async def start(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, stdin: bytes | None = None
    ) -> PlainProcess:
        return PlainProcess(
            subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )

    def find_program(self, name: str, search_path: str) -> str | None:
        return shutil.which(name, path=search_path)


class PlainRunner:
    name = "host"
    labels = ("self-hosted", "linux", "x64", "ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04")

    @asynccontextmanager
    async def open(self, request: WorkspaceRequest) -> AsyncIterator[PlainWorkspace]:
        yield PlainWorkspace(request)

    def claims_ports(self) -> bool:
        return True
