"""Containers end with the process that made them, also after ``kill -9``: a watchdog removes what is left.

In: a connection to an engine. Out: a small process, once for each engine, that waits for the end of this one. What even
that left (the machine went down) is pruned before the first container of the next command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import anyio

from sluice.runners.container.engine import Engine
from sluice.runners.container.leftovers.ownership import OWNER, own_labels
from sluice.runners.container.leftovers.prune import prune

_watched: dict[str, int] = {}
_lock = anyio.Lock()


async def guard(engine: Engine) -> None:
    """Make sure that nothing which this process makes in the engine outlives it."""
    async with _lock:
        if engine.address not in _watched:
            watch_over(engine.address)
            await prune(engine)


def watch_over(address: str) -> None:
    """Start the watchdog alone, for who makes containers with ``own_labels`` by the engine's own client."""
    if address not in _watched:
        _watched[address] = _watch(address, own_labels({})[OWNER])


def hold_project(address: str, project: str) -> None:
    """Have a guarded engine's watchdog remove a project of Compose, too: what belongs to it has no labels of ours."""
    _tell(address, f"+{project}\n")


def release_project(address: str, project: str) -> None:
    """It is gone: another one of that name would be somebody else's."""
    _tell(address, f"-{project}\n")


def _tell(address: str, line: str) -> None:
    with suppress(BrokenPipeError, KeyError):  # somebody ended the watchdog; an engine that is not guarded has none
        os.write(_watched[address], line.encode())


def _watch(address: str, owner: str) -> int:
    """Start the watchdog, in a session of its own; the pipe that it waits on, which only this process holds."""
    reader, writer = os.pipe()
    try:
        subprocess.Popen(  # it ends by itself when the pipe does
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py")), address, owner],
            stdin=reader,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        ).returncode = 0
    finally:
        os.close(reader)
    return writer
