"""Signals without ``signal``: making its enumerations would be a third of the start of this process."""

from __future__ import annotations

from _signal import (  # type: ignore[import-not-found]
    SIG_DFL,
    SIG_IGN,
    SIGCHLD,
    SIGINT,
    SIGKILL,
    SIGPIPE,
    SIGXFSZ,
    set_wakeup_fd,
    signal,
)

__all__ = [
    "SIGCHLD",
    "SIGINT",
    "SIGKILL",
    "SIGPIPE",
    "SIGXFSZ",
    "SIG_DFL",
    "SIG_IGN",
    "set_wakeup_fd",
    "signal",
]
