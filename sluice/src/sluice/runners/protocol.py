"""The seam between the engine and a place where jobs run.

A runner opens a workspace; a workspace starts processes. Files of a workspace are ordinary local files for the code
that drives it (the engine runs where the job runs; containers see the same files through mounts), so reading and
writing need no protocol of their own: use ``paths``.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

_TEMPORARY = re.compile("/tmp(?=/|$)")  # noqa: S108  # nosec B108 - the job's


class WorkspacePaths(Struct, frozen=True, kw_only=True):
    """Folders of one job. ``workspace`` is GITHUB_WORKSPACE (empty at first), ``temp`` RUNNER_TEMP, ``files`` the
    command files.
    """

    root: Path
    workspace: Path
    temp: Path
    home: Path
    files: Path
    tools: Path
    actions: Path


class WorkspaceRequest(Struct, frozen=True, kw_only=True):
    """What the engine asks for.

    ``root`` is the job's own folder, which the runner makes; ``tools`` the shared tool cache; ``actions`` the folder
    of fetched actions; ``visible`` other paths that the job must be able to read although its temp folder is private.
    ``repository`` is ``owner/name``: the workspace is ``root/work/name/name`` as on GitHub.
    """

    job: str
    run: str
    root: Path
    tools: Path
    actions: Path
    repository: str
    visible: tuple[Path, ...] = ()


class Process(Protocol):
    """A running process tree, in a group of its own."""

    pid: int

    async def read(self, limit: int = 1 << 20) -> bytes:
        """The next bytes of its output (stdout and stderr are one stream); ``b''`` at the end."""
        ...

    async def wait(self) -> int:
        """Its exit code; a signal ``n`` is ``128 + n``."""
        ...

    def signal(self, number: int) -> None:
        """Send a signal to its whole group; a group that is gone is no error."""
        ...

    async def kill_tree(self) -> None:
        """End it and every descendant, also those that left its group."""
        ...


class Server(Protocol):
    """A process whose output goes to a file."""

    pid: int

    def exit_code(self) -> int | None:
        """Its exit code, or ``None`` while it runs."""
        ...

    async def wait(self) -> int:
        """Its exit code once it has ended; a signal ``n`` is ``128 + n``."""
        ...

    def signal(self, number: int) -> None:
        """Send a signal to its whole group; a group that is gone is no error."""
        ...


class Workspace(Protocol):
    """A job's place: its folders, base environment and processes."""

    paths: WorkspacePaths
    environment: Mapping[str, str]
    isolation: tuple[str, ...]

    @property
    def apart(self) -> bool:
        """Whether the job has processes and files of its own, so that its servers must be started through ``serve``."""
        ...

    async def start(self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> Process:
        """Start a process with exactly this environment; raises ``UnavailableError`` when its program is not there."""
        ...

    def find_program(self, name: str, search_path: str) -> str | None:
        """Where a program is on this ``PATH`` inside the workspace."""
        ...

    async def listen(self, port: int = 0, *, datagrams: bool = False) -> socket.socket:
        """A socket that listens for connections, or ``datagrams``, on a port of the loopback that the job's processes
        see, 0 for a free one. The caller closes it. Raises ``UnavailableError`` when it is taken.
        """
        ...

    async def listen_named(self, name: str) -> socket.socket:
        """A socket with an abstract name that the job's processes reach as ``@name``. The caller closes it. Raises
        ``UnavailableError`` where there are none (they are Linux's).
        """
        ...

    async def serve(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path
    ) -> Server:
        """Start a server in the job's place that writes to a file of its own; raises ``UnavailableError``."""
        ...

    async def pass_on(self, port: int, target: int, *, datagrams: bool = False) -> int:
        """Lead connections, or ``datagrams``, to a port of the job's loopback (0 for a free one) to one of this
        machine's, as long as the workspace is open; the port that it is. Raises ``UnavailableError`` when it is taken.
        """
        ...

    def to_job(self, text: str) -> str:
        """This machine's paths in a text as the job's processes have them."""
        ...

    def to_host(self, text: str) -> str:
        """The paths of the job's processes in a text as this machine has them."""
        ...

    async def lend(self, program: Path) -> str:
        """Where the job's processes can run a program of this machine; raises ``UnavailableError`` if they can't."""
        ...

    def name_host(self, name: str) -> None:
        """Make a name of the job's loopback known to its processes, where they have host names of their own."""
        ...


def temporary_folder(workspace: Workspace) -> Path:
    """Where the job's ``/tmp`` is on this machine: a job that is set apart has one of its own."""
    own = {"temporary files", "container"} & set(workspace.isolation)
    return workspace.paths.root / "tmp" if own else Path("/tmp")  # noqa: S108  # nosec B108 - it is the job's, wherever that is


def on_machine(workspace: Workspace, path: str) -> str:
    """A path that the job sees in its own ``/tmp`` as this machine has it; any other one as it is.

    The job's folders keep their names inside, also where they are below this machine's ``/tmp``.
    """
    paths = workspace.paths
    if _TEMPORARY.match(path) is None or path.startswith(tuple(map(str, (paths.root, paths.tools, paths.actions)))):
        return path
    return _TEMPORARY.sub(str(temporary_folder(workspace)), path, count=1)


class Runner(Protocol):
    """A kind of place. ``labels`` are the ``runs-on`` labels that it serves."""

    name: str
    labels: tuple[str, ...]

    def open(self, request: WorkspaceRequest) -> AbstractAsyncContextManager[Workspace]:
        """A workspace for one job; leaving it ends every process and network of the job, also after an error."""
        ...

    def claims_ports(self) -> bool:
        """Whether jobs share the host's ports, so that the scheduler must keep claims on the same one apart."""
        ...
