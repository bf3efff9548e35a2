"""Stopping things. An interruption is a request that whatever runs below it ends; the reason says why.

Ending a process is GitHub's way: SIGINT, 7.5 seconds, SIGTERM, 2.5 seconds, then its whole tree is killed
(actions/runner, ProcessInvoker).
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from sluice.runners.protocol import Process

INTERRUPT_SECONDS = 7.5
TERMINATE_SECONDS = 2.5

CANCELED = "The operation was canceled."
"""The runner's words for what was stopped."""

T = TypeVar("T")


class Interruption:
    """A request to stop, made once. What runs below a parent is stopped with it."""

    __slots__ = ("_children", "_event", "reason")

    def __init__(self, parent: Interruption | None = None) -> None:
        self._event = anyio.Event()
        self._children: list[Interruption] = []
        self.reason: str | None = None
        if parent is not None:
            parent.adopt(self)

    @property
    def requested(self) -> bool:
        """Whether somebody asked."""
        return self.reason is not None

    def adopt(self, child: Interruption) -> None:
        """Pass a request on to ``child``, at once when it was made already."""
        self._children.append(child)
        if self.reason is not None:
            child.request(self.reason)

    def release(self, child: Interruption) -> None:
        """Forget a child that is done."""
        self._children.remove(child)

    def request(self, reason: str) -> None:
        """Ask to stop; only the first reason counts."""
        if self.reason is None:
            self.reason = reason
            self._event.set()
            for child in tuple(self._children):
                child.request(reason)

    async def wait(self) -> None:
        """Return once it is requested."""
        await self._event.wait()

    async def unless_requested(self, work: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """What ``work`` comes to; ``otherwise`` when somebody asks to stop before, and ``work`` is cancelled.

        What ``work`` raises comes in a group.
        """
        result = otherwise
        async with anyio.create_task_group() as group:
            group.start_soon(self._cancel_when_requested, group.cancel_scope)
            result = await work()
            group.cancel_scope.cancel()
        return result

    async def _cancel_when_requested(self, scope: anyio.CancelScope) -> None:
        await self.wait()
        scope.cancel()


async def stop_process(process: Process, ended: anyio.Event) -> None:
    """End a process politely, then by force. ``ended`` is set by whoever waits for it."""
    for number, seconds in ((signal.SIGINT, INTERRUPT_SECONDS), (signal.SIGTERM, TERMINATE_SECONDS)):
        process.signal(number)
        with anyio.move_on_after(seconds):
            await ended.wait()
            return
    await process.kill_tree()
