"""One version's process, kept running: started again when it ends by itself, ended in peace when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from sluice.machine.parent import die_with_parent
from sluice.machine.processes import identify, is_alive
from sluice.targets.process.records import Slot

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_STEADY = 10.0
"""Seconds after which a program that ends counts as one that had worked."""


class Program:
    """``slot`` as it is now; ``changed`` is called with it whenever its process is another one."""

    def __init__(self, slot: Slot, log: Path, changed: Callable[[Slot], None]) -> None:
        self.slot = slot
        self.restarts = 0
        self.last_exit: int | None = None
        self.since = time.time()
        self._log = log
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._ending = asyncio.Event()
        self._adopt_ports()

    @property
    def state(self) -> str:
        """``running``, ``restarting`` or ``ending``."""
        if self._ending.is_set():
            return "ending"
        return "running" if self._process is not None and self._process.returncode is None else "restarting"

    async def keep(self) -> None:
        """Run it until ``end`` was called and the process is gone."""
        pause = _FIRST_PAUSE
        while not self._ending.is_set():
            began = time.monotonic()
            await self._run_once()
            pause = _FIRST_PAUSE if time.monotonic() - began > _STEADY else min(pause * 2, _LONGEST_PAUSE)
            if not self._ending.is_set():
                self.restarts += 1
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), pause)

    async def end(self) -> None:
        """SIGTERM, and SIGKILL after the time it has to end."""
        self._ending.set()
        if self._process is not None and self._process.returncode is None:
            await self._terminate(self._process)

    async def _terminate(self, process: asyncio.subprocess.Process) -> None:
        _signal(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self.slot.drain)
        except TimeoutError:
            _signal(process.pid, signal.SIGKILL)
            await process.wait()
        _signal(process.pid, signal.SIGKILL)

    async def _run_once(self) -> None:
        try:
            if self.restarts:
                self._adopt_ports()
            with self._opened() as log:
                self._process = await self._start(log)
        except (OSError, ValueError) as error:  # ValueError: a NUL among the words, a name that no variable can have
            self._complain(f"{self.slot.words[0]} can't be started: {error}\n")
            self.last_exit = 127
            return
        self._note_process(self._process.pid)
        if self._ending.is_set():  # while it started: `end` saw none
            await self._terminate(self._process)
        self.last_exit = await self._process.wait()

    async def _start(self, log: BinaryIO) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self.slot.words,
                cwd=self.slot.directory,
                env=dict(self.slot.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # the supervisor has one thread
            )
        except (OSError, ValueError):
            self._process = None
            raise

    def _opened(self) -> BinaryIO:
        """The version's log, for its owner alone."""
        return os.fdopen(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def _complain(self, words: str) -> None:
        """In the version's log, where there is room for it."""
        with suppress(OSError), self._opened() as log:
            log.write(words.encode())

    def _adopt_ports(self) -> None:
        """Ports that are free now, in the variables where the program looks for its own."""
        ports = {name: _free_port() for name in self.slot.ports}
        variables = {f"PORT_{name.upper()}": str(port) for name, port in ports.items()}
        self.slot = replace(self.slot, ports=ports, environment={**self.slot.environment, **variables})

    def _note_process(self, pid: int) -> None:
        pid, started = identify(pid)
        self.slot = replace(self.slot, pid=pid, started=started)
        self.since = time.time()
        self._changed(self.slot)


async def end_stray(slot: Slot) -> None:
    """End the process that a supervisor before this one has left."""
    if not slot.pid or not is_alive(slot.pid, slot.started):
        return
    _signal(slot.pid, signal.SIGTERM)
    deadline = time.monotonic() + slot.drain
    while is_alive(slot.pid, slot.started) and time.monotonic() < deadline:  # noqa: ASYNC110 (it sets no event)
        await asyncio.sleep(0.05)  # it is nobody's child any more
    _signal(slot.pid, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port: int = plug.getsockname()[1]
        return port
