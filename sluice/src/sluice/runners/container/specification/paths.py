"""Paths of a job on this machine, and the same as processes in a container see them. Pure.

GitHub's names for the folders of a container are those of its runner: ``/__w`` for a job's container,
``/github/workspace`` for the container of an action (actions/runner, ContainerInfo and ContainerActionHandler).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from sluice.runners.protocol import WorkspacePaths

FILE_COMMANDS = "_runner_file_commands"


class Mount(Struct, frozen=True, kw_only=True):
    """A folder or file of this machine at a place inside."""

    outer: Path
    inner: str
    read_only: bool = False

    def __str__(self) -> str:
        return f"{self.outer}:{self.inner}" + (":ro" if self.read_only else "")


class PathMap:
    """Translates every path in a text, whole names only, the longest first."""

    def __init__(self, mounts: Iterable[Mount]) -> None:
        pairs = [(str(mount.outer), mount.inner) for mount in mounts if str(mount.outer) != mount.inner]
        self._inner = dict(pairs)
        self._outer = {inner: outer for outer, inner in reversed(pairs)}
        self._to_inner, self._to_outer = _pattern(self._inner), _pattern(self._outer)

    def inside(self, text: str) -> str:
        """With this machine's paths as the container has them."""
        return self._to_inner.sub(lambda found: self._inner[found[0]], text)

    def outside(self, text: str) -> str:
        """With the container's paths as this machine has them; a path of the image's own stays as it is."""
        return self._to_outer.sub(lambda found: self._outer[found[0]], text)


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w.-])")


def job_mounts(paths: WorkspacePaths, externals: Path, visible: Iterable[Path]) -> list[Mount]:
    """What a job's container sees.

    The job's own folder and what checkouts borrow from are there under their own names, too: files that a built-in
    action wrote on this machine may name them.
    """
    mapped = [
        Mount(outer=paths.workspace.parent.parent, inner="/__w"),
        Mount(outer=paths.temp, inner="/__w/_temp"),
        Mount(outer=paths.files, inner=f"/__w/_temp/{FILE_COMMANDS}"),
        Mount(outer=paths.actions, inner="/__w/_actions"),
        Mount(outer=paths.tools, inner="/__t"),
        Mount(outer=externals, inner="/__e", read_only=True),
        *_github_folders(paths),
    ]
    own = {path for path in visible if path.exists()} | {paths.actions}
    return [*mapped, Mount(outer=paths.root, inner=str(paths.root)), *(_as_it_is(path) for path in sorted(own))]


def action_mounts(paths: WorkspacePaths) -> list[Mount]:
    """What the container of an action sees."""
    return [
        Mount(outer=paths.workspace, inner="/github/workspace"),
        Mount(outer=paths.files, inner="/github/file_commands"),
        Mount(outer=paths.temp, inner="/github/runner_temp"),
        *_github_folders(paths),
    ]


def _github_folders(paths: WorkspacePaths) -> list[Mount]:
    return [
        Mount(outer=paths.home, inner="/github/home"),
        Mount(outer=paths.temp / "_github_workflow", inner="/github/workflow"),
    ]


def engine_socket(address: str) -> list[Mount]:
    """The engine's socket, which GitHub gives to every container of a job."""
    path = address.removeprefix("unix://")
    return [] if path == address else [Mount(outer=Path(path), inner="/var/run/docker.sock")]


def _as_it_is(path: Path) -> Mount:
    return Mount(outer=path, inner=str(path), read_only=True)
