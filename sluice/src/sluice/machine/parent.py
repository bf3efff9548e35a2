"""Children that end with the process that started them, however that ends."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> Callable[[], None] | None:
    """What a child does before its program (``preexec_fn``; after a change of user, which would undo it).

    The kernel sends it the signal when the thread that started it ends, so that nothing goes on unseen after
    ``kill -9`` (prctl(2), PR_SET_PDEATHSIG). Nothing where there is no such thing.
    """
    if sys.platform != "linux":
        return None
    parent, prctl, leave = os.getpid(), ctypes.CDLL(None).prctl, os._exit

    def ask_for_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was asked
            leave(1)

    return ask_for_signal
