"""Which job holds which port of the machine, where jobs have no networks of their own.

In: the ports that a job's services claim. Out: the job waits until nobody else holds one of them. Ports that a script
listens on can't be known beforehand.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import anyio


class PortClaims:
    """The claimed ports of one machine, by number."""

    def __init__(self) -> None:
        self._holders: dict[int, str] = {}
        self._changed = anyio.Condition()

    @asynccontextmanager
    async def hold(self, ports: Iterable[int], owner: str, waiting: Callable[[str], None]) -> AsyncIterator[None]:
        """Hold all of these ports, or none until all are free; ``waiting`` is told once who holds one."""
        wanted = frozenset(ports)
        async with self._changed:
            told = False
            while taken := sorted(wanted & self._holders.keys()):
                if not told:
                    waiting(f"{taken[0]} is claimed by {self._holders[taken[0]]}")
                    told = True
                await self._changed.wait()
            self._holders |= dict.fromkeys(wanted, owner)
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                async with self._changed:
                    for port in wanted:
                        del self._holders[port]
                    self._changed.notify_all()
