"""What runs in a job's place, as the engine's side sees it: processes whose output is read, and servers."""

from __future__ import annotations

import errno
import signal
from typing import TYPE_CHECKING

import anyio

from sluice.runners.host.inside import wire
from sluice.runners.host.output import PIPE_BYTES, Output

if TYPE_CHECKING:
    from sluice.runners.host.isolation.holding import Holding


class Answers:
    """What a keeper said to one request."""

    def __init__(self) -> None:
        self.number = 0
        self.first = anyio.Event()
        self.ended = anyio.Event()
        self.killed = anyio.Event()
        self.failure: tuple[int, str] | None = None
        self.process = 0
        self.code = 0
        self.descriptors: list[int] = []

    def take(self, kind: int, value: int, body: bytes) -> None:
        """One message."""
        match kind:
            case wire.READY | wire.STARTED:
                self.process = value
            case wire.FAILED:
                self.failure = (value, body.decode("utf-8", "replace"))
            case wire.EXITED:
                self.code = value
                self.ended.set()
            case wire.KILLED:
                self.killed.set()
            case _:
                pass  # LISTENING: the descriptor is all there is to it
        self.first.set()

    def lose(self) -> None:
        """The keeper is gone, and every process with it."""
        if not self.first.is_set():
            self.failure = (errno.ESRCH, "the job's keeper is gone")
        if not self.ended.is_set():
            self.code = 128 + signal.SIGKILL
        for event in (self.first, self.ended, self.killed):
            event.set()


class HeldProcess:
    """A process tree in a job's place; ``pid`` is its number on the machine."""

    def __init__(self, holding: Holding, answers: Answers, reader: int) -> None:
        self._holding = holding
        self._answers = answers
        self._output = Output(reader, answers.ended.is_set, self._wait_for_end)
        self.pid = answers.process

    async def _wait_for_end(self) -> None:
        await self._holding.until(self._answers.ended)

    async def read(self, limit: int = PIPE_BYTES) -> bytes:
        """The next bytes of its output; ``b''`` at the end, or soon after the process ended."""
        return await self._output.read(limit)

    async def wait(self) -> int:
        """Its exit code; a signal ``n`` is ``128 + n``, a keeper that was killed counts as SIGKILL."""
        await self._wait_for_end()
        self.close()
        return self._answers.code

    def close(self) -> None:
        """Give its pipe back."""
        self._output.close()

    def signal(self, number: int) -> None:
        """To the whole group."""
        self._holding.tell(wire.SIGNAL, self._answers.number, number)

    async def kill_tree(self) -> None:
        """End it and every descendant, also those that left its group."""
        self._holding.tell(wire.KILL_TREE, self._answers.number, 0)
        await self._holding.until(self._answers.killed)


class HeldServer:
    """A server in a job's place."""

    def __init__(self, holding: Holding, answers: Answers) -> None:
        self._holding = holding
        self._answers = answers
        self.pid = answers.process

    def exit_code(self) -> int | None:
        """Its exit code, or ``None`` while it runs."""
        self._holding.look()
        return self._answers.code if self._answers.ended.is_set() else None

    async def wait(self) -> int:
        """Its exit code once it has ended; a signal ``n`` is ``128 + n``."""
        await self._holding.until(self._answers.ended)
        return self._answers.code

    def signal(self, number: int) -> None:
        """To the whole group."""
        self._holding.tell(wire.SIGNAL, self._answers.number, number)
