"""Slow work on files, out of the way: other jobs, time limits and Ctrl-C go on while it is done."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_daemon_thread(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """What ``work`` returns, done in a thread.

    A step that is interrupted does not wait for it, and neither does the end of the process, which is why this is no
    ``anyio.to_thread``: Python waits for the threads of that one.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    bound = partial(work, *arguments, **options)
    threading.Thread(target=_perform, args=(bound, future, loop), name="in_daemon_thread", daemon=True).start()
    return await future


def _perform(work: Callable[[], T], future: asyncio.Future[T], loop: asyncio.AbstractEventLoop) -> None:
    try:
        told = partial(_settle, future, work())
    except Exception as error:  # noqa: BLE001 (it is raised again where it was asked for)
        told = partial(_fail, future, error)
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
        loop.call_soon_threadsafe(told)


def _settle(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
