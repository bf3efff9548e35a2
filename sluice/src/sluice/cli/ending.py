"""How a command ends that somebody else than the terminal ends."""

from __future__ import annotations

import signal
import threading


def end_by_interrupt() -> None:
    """A request to end takes the way of Ctrl-C, which leaves nothing half done."""
    if threading.current_thread() is not threading.main_thread():
        return  # Python runs handlers in that one, and lets no other set them
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as ``nohup`` leaves it
        signal.signal(signal.SIGHUP, signal.default_int_handler)
