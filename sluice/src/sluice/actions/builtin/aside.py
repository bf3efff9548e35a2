"""Slow work on files, out of the way: other jobs, time limits and Ctrl-C go on while it is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio.to_thread

P = ParamSpec("P")
T = TypeVar("T")


async def aside(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """What ``work`` returns, done in a thread. A step that is interrupted does not wait for it."""
    return await anyio.to_thread.run_sync(partial(work, *arguments, **options), abandon_on_cancel=True)
