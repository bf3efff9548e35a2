"""Run one process of a step: pump its output, heed an interruption, leave nothing behind.

In: a place, a command, an interruption. Out: the exit code. It knows nothing of steps or events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import anyio
from msgspec import Struct

from sluice.engine.interruption import Interruption, stop_process
from sluice.runners.protocol import Process

PARTIAL_FLUSH_SECONDS = 0.25
CHUNK = 256 * 1024


class Command(Struct, frozen=True, kw_only=True):
    """What to start: words, the whole environment, the folder."""

    words: Sequence[str]
    environment: Mapping[str, str]
    directory: Path


class Starting(Protocol):
    """Where processes start: a workspace, or a container of its own for each."""

    async def start(self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> Process:
        """See ``runners.protocol.Workspace``."""
        ...


class Sink:
    """Where a process's bytes go: ``feed`` gets chunks, ``flush`` is called when the process pauses."""

    def __init__(self, feed: Callable[[bytes], None], flush: Callable[[], None]) -> None:
        self.feed = feed
        self.flush = flush


def _nothing() -> None:
    pass


async def run_process(
    place: Starting,
    command: Command,
    sink: Sink,
    interruption: Interruption,
    meanwhile: Callable[[], None] = _nothing,
) -> int:
    """Run to the end and return the exit code; an interruption ends the process politely first. ``meanwhile`` is called
    once the process runs.

    Raises ``UnavailableError`` when the program is not there. When the caller itself is cancelled the whole tree is
    killed before the cancellation goes on.
    """
    process = await place.start(command.words, environment=command.environment, directory=command.directory)
    ended = anyio.Event()
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_stop_when_asked, process, interruption, ended)
            meanwhile()
            await _pump(process, sink)
            code = await process.wait()
            ended.set()
            group.cancel_scope.cancel()
    except BaseException:
        with anyio.CancelScope(shield=True), anyio.move_on_after(10):
            await process.kill_tree()
        raise
    return code


async def _stop_when_asked(process: Process, interruption: Interruption, ended: anyio.Event) -> None:
    await interruption.wait()
    await stop_process(process, ended)


async def _pump(process: Process, sink: Sink) -> None:
    while True:
        chunk = b""
        with anyio.move_on_after(PARTIAL_FLUSH_SECONDS) as pause:
            chunk = await process.read(CHUNK)
        if pause.cancelled_caught:
            sink.flush()
            chunk = await process.read(CHUNK)
        if not chunk:
            return
        sink.feed(chunk)
