"""A lock among processes that the system gives back when its holder ends, however that ends (``flock(2)``)."""

from __future__ import annotations

import fcntl


def take_lock(descriptor: int) -> bool:
    """Whether the file is locked by this descriptor now; it never waits. Closing the descriptor gives the lock back."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


__all__ = ["take_lock"]
