"""Which job holds which port of the machine, where jobs have no networks of their own.

In: the ports that a job's services claim. Out: the job waits until no job of any run of this user's holds one of them.
Ports that a script listens on can't be known beforehand.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import anyio

from sluice.machine.locks import take_lock

_POLL_SECONDS = 0.2


class PortClaims:
    """The claimed ports of one machine: a locked file each in ``folder``, which the system unlocks when a run dies.
    ``run`` tells its jobs from those of other runs.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder
        self._run = run

    @asynccontextmanager
    async def hold(self, ports: Iterable[int], owner: str, waiting: Callable[[str], None]) -> AsyncIterator[None]:
        """Hold all of these ports, or none until all are free; ``waiting`` is told once who holds one."""
        wanted = sorted(frozenset(ports))
        told = False
        with ExitStack() as held:
            while (taken := self._take(wanted, f"{owner} of run {self._run}", held)) is not None:
                if not told:
                    waiting(taken.removesuffix(f" of run {self._run}"))
                    told = True
                await anyio.sleep(_POLL_SECONDS)
            yield

    def _take(self, ports: Iterable[int], owner: str, held: ExitStack) -> str | None:
        """``None`` when all are held now, or who holds the first that isn't free."""
        with ExitStack() as mine:
            for port in ports:
                descriptor = self._open(port)
                mine.callback(os.close, descriptor)
                if not take_lock(descriptor):
                    return f"{port} is claimed by {os.pread(descriptor, 4096, 0).decode(errors='replace')}"
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, owner.encode(), 0)
            held.push(mine.pop_all())
        return None

    def _open(self, port: int) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self._folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
