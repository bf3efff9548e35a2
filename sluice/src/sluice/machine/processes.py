"""Which process is which. A process id alone is reused; with its start time it names one process for good."""

from __future__ import annotations

import os
from pathlib import Path


def identify(pid: int | None = None) -> tuple[int, float]:
    """A process (this one by default) as its id and start time: what ``RunQueued`` carries about the engine.

    The start time is in clock ticks since boot where /proc has it, else in seconds since the epoch; 0 when the process
    is gone.
    """
    found = os.getpid() if pid is None else pid
    return found, start_time(found) or 0.0


def is_alive(pid: int, started: float) -> bool:
    """Whether the very process that ``identify`` named still runs."""
    return start_time(pid) == started


def start_time(pid: int) -> float | None:
    """When a process started, in ``identify``'s unit; ``None`` when there is none, or only its exit code is left."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _start_time_elsewhere(pid)
    except ProcessLookupError:
        return None
    # The program's name stands in parentheses and may hold anything, so the fields are counted from its end.
    fields = text[text.rindex(b")") + 2 :].split()
    return None if fields[0] in {b"Z", b"X"} else float(fields[19])


def _start_time_elsewhere(pid: int) -> float | None:
    import psutil  # noqa: PLC0415  # only where there is no /proc

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
