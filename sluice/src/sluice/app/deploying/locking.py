"""One deployment to an environment at a time, across processes. The lock goes with its process, however that ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sluice.delivery.deployment.policy import Busy
from sluice.machine.locks import take_lock
from sluice.source.errors import UsageError

_PAUSE = 0.1


@contextmanager
def alone(folder: Path, what: str, busy: Busy, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the environment. ``waiting`` is told once whom this waits for; ``Busy.REFUSE`` raises ``UsageError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not take_lock(descriptor):
            holder = _holder(descriptor)
            if busy is Busy.REFUSE:
                raise UsageError(f"the environment is taken: {holder}", hint="try again when that is over")
            waiting(holder)
            while not take_lock(descriptor):
                time.sleep(_PAUSE)
        _write(descriptor, what)
        yield
    finally:
        os.close(descriptor)


def is_free(folder: Path) -> bool:
    """Whether nobody deploys there now."""
    with suppress(FileNotFoundError):
        descriptor = os.open(folder / "lock", os.O_RDWR)
        try:
            return take_lock(descriptor)
        finally:
            os.close(descriptor)
    return True


def _write(descriptor: int, what: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"what": what, "pid": os.getpid()}).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return f"{holder['what']} (process {holder['pid']})"
    except (ValueError, KeyError, TypeError):
        return "another command"
