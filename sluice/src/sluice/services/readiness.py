"""Waits until a service is ready: asks often at first, then less so, and gives up for a reason it can tell.

In: a question, the process that must stay alive meanwhile, how long. Out: nothing, or an error with the server's last
words. Knows nothing of any kind of server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
from msgspec import Struct

from sluice.services.errors import ServiceError, log_tail
from sluice.services.protocol import LaunchedProcess

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.005, 0.25, 1.5


class Answer(Struct, frozen=True, kw_only=True):
    """``ready``, or ``reason``: half a sentence on why it isn't yet."""

    ready: bool
    reason: str = ""


class Watched(Struct, frozen=True, kw_only=True):
    """A server while it gets ready: its name in the workflow, its log and its process."""

    name: str
    log: Path
    process: LaunchedProcess


async def wait_until_ready(
    watched: Watched, ask: Callable[[], Awaitable[Answer]], seconds: float, grace: float = 0
) -> None:
    """Ask until the answer is ready. Raises ``ServiceError`` when the server ends first, or after ``seconds``.

    A question that was asked by then is waited for, ``grace`` seconds at most.
    """
    answer = Answer(ready=False, reason="it doesn't answer")
    pause, until = _FIRST_PAUSE, anyio.current_time() + seconds
    with anyio.CancelScope(deadline=until + grace):
        while not answer.ready and anyio.current_time() < until:
            if (code := watched.process.exit_code()) is not None:
                raise ended(watched, code)
            answer = await ask()
            if not answer.ready:
                await anyio.sleep(pause)
                pause = min(pause * _GROWTH, _LONGEST_PAUSE)
    if not answer.ready:
        raise ServiceError(
            f"The service '{watched.name}' did not get healthy in {seconds:g} seconds: {answer.reason}",
            tried=log_tail(watched.log),
        )


def ended(watched: Watched, code: int) -> ServiceError:
    """The error for a server that ended; a port that is taken is the usual reason, so it is said first."""
    lines = log_tail(watched.log)
    if any("already in use" in line for line in lines):
        return ServiceError(
            f"The service '{watched.name}' can't start: its port is taken on this machine",
            tried=lines,
            hint="end the program that listens there, or map another host port",
        )
    return ServiceError(f"The service '{watched.name}' ended with exit code {code} before it was healthy", tried=lines)
