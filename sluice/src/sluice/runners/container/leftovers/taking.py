"""One process at a time takes away what a dead one left by name: whoever waits looks again at what is there then.

A name that was a dead process's when it was looked up may be a live one's when it is removed. The lock is among all
processes that see this ``/tmp``, whoever's they are; the system gives it back when its holder ends.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread

from sluice.runners.container.leftovers.watchdog import LOCK, LOCK_SECONDS, locked
from sluice.source.errors import UnavailableError


class LockKeptError(UnavailableError):
    """Another process keeps the lock, and does not take anything away."""


@asynccontextmanager
async def taking() -> AsyncIterator[None]:
    """While nobody else takes anything away; it waits for who does. Raises ``LockKeptError``."""
    apart = anyio.CapacityLimiter(1)  # who has the lock needs threads, too
    try:
        lock = await anyio.to_thread.run_sync(locked, limiter=apart)
    except TimeoutError as error:
        raise LockKeptError(
            f"{error} for more than {LOCK_SECONDS} seconds: what dead runs left in the container engine stays",
            hint=f"find the process that holds it with `lslocks | grep {LOCK}`, and end it",
        ) from error
    try:
        yield
    finally:
        os.close(lock)
