"""The one pipe that a process writes stdout and stderr to, read without blocking the others."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Awaitable, Callable

import anyio

PIPE_BYTES = 1 << 20
LINGER_SECONDS = 1.0
"""How long output is read on after the process itself has ended, when something it left behind holds the pipe."""


def open_pipe() -> tuple[int, int]:
    """Reader (which doesn't block) and writer of a large pipe."""
    reader, writer = os.pipe()
    with contextlib.suppress(OSError, AttributeError):  # no root, or a system without it: the pipe stays small
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    os.set_blocking(reader, False)
    return reader, writer


class Output:
    """Reads a pipe until its end, or until a while after the process ended.

    ``has_ended`` says whether the process is gone, ``wait_for_end`` returns when it is.
    """

    def __init__(self, reader: int, has_ended: Callable[[], bool], wait_for_end: Callable[[], Awaitable[None]]) -> None:
        self._reader = reader
        self._has_ended = has_ended
        self._wait_for_end = wait_for_end

    async def read(self, limit: int = PIPE_BYTES) -> bytes:
        """The next bytes; ``b""`` at the end."""
        while True:
            try:
                return os.read(self._reader, limit)
            except BlockingIOError:
                if not await self._wait_for_more():
                    return b""

    async def _wait_for_more(self) -> bool:
        """Whether there may be more: a pipe that only a leftover process holds is given up after a while."""
        if not self._has_ended():
            await self._more_or_end()
            return True
        with anyio.move_on_after(LINGER_SECONDS):
            await anyio.wait_readable(self._reader)
            return True
        return False

    async def _more_or_end(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._cancel_at_end, group.cancel_scope)
            await anyio.wait_readable(self._reader)
            group.cancel_scope.cancel()

    async def _cancel_at_end(self, scope: anyio.CancelScope) -> None:
        await self._wait_for_end()
        scope.cancel()

    def close(self) -> None:
        """Give the pipe back; twice is no error."""
        if self._reader >= 0:
            os.close(self._reader)
            self._reader = -1
