"""npm packages that an action brings, locked: installed once into the tool cache for all jobs.

In: a folder with ``package.json`` and ``package-lock.json``. Out: a folder with ``node_modules``, named after the lock
file's digest, there whole or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sluice.actions.node import companions, find_nodes
from sluice.machine.programs import ProgramError, output_of
from sluice.source.errors import UnavailableError

_SECONDS = 300
_OPTIONS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def install_packages(tools: Path, name: str, locked: Path, files: Sequence[str] = ()) -> Path:
    """The folder; ``files`` of ``locked`` stand in it, too. Raises ``UnavailableError`` where npm can't bring them."""
    names = ("package.json", "package-lock.json", *files)
    digest = hashlib.sha256(b"".join((locked / one).read_bytes() for one in names)).hexdigest()[:12]
    place = tools / "node-packages" / f"{name}-{digest}"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".fetching-", ignore_cleanup_errors=True) as made:
            for one in names:
                shutil.copy(locked / one, made)
            _install(Path(made), name, tools)
            Path(made).chmod(0o755)
            with contextlib.suppress(OSError):  # another job was first
                Path(made).rename(place)
    return place


def _install(folder: Path, name: str, tools: Path) -> None:
    command = [*_npm(name, tools), *_OPTIONS]
    try:
        output_of(command, seconds=_SECONDS, folder=folder)
    except ProgramError as error:
        raise _missing(name, (error.said.splitlines() or [str(error)])[0]) from error


def _npm(name: str, tools: Path) -> list[str]:
    """That of a Node.js, or the one on PATH."""
    for node in find_nodes(tools):
        if "npm" in (scripts := companions(node)):
            return [str(node.program), str(scripts["npm"])]
    found = shutil.which("npm", path=os.environ.get("PATH"))
    if found is None:
        raise _missing(name, "there is no npm on this machine")
    return [found]


def _missing(name: str, reason: str) -> UnavailableError:
    return UnavailableError(
        f"The npm packages of {name} can't be had: {reason}", hint="install npm, and see that it reaches its registry"
    )
