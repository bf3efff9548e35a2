"""Processes of a job on this machine: started fast, read without blocking, ended with everything they started.

stdout and stderr share one pipe. A process that left its group (a daemon) is found by its parents, or by the tracking
variable in its environment, as GitHub's runner does it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from sluice.machine.children import shell_code, signal_group, wait_for_child
from sluice.runners.host.output import PIPE_BYTES, Output, open_pipe
from sluice.source.errors import UnavailableError

if TYPE_CHECKING:
    import psutil

TRACKING = "RUNNER_TRACKING_ID"
ENGINE = "SLUICE_ENGINE"
"""Names the engine in the environment of the processes that hold its jobs."""


def start_process(command: Sequence[str], environment: Mapping[str, str], directory: Path) -> HostProcess:
    """Start a command in a session of its own. Raises ``UnavailableError`` when it can't be started."""
    reader, writer = open_pipe()
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        os.close(reader)
        raise UnavailableError(f"'{command[0]}' can't be started: {_reason(error)}") from error
    finally:
        os.close(writer)
    return HostProcess(process, reader, environment.get(TRACKING, ""))


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno == errno.E2BIG:
        return "its arguments and variables are too large"
    return str(error)


class HostProcess:
    """A running process tree; ``pid`` is its group, too."""

    def __init__(self, process: subprocess.Popen[bytes], reader: int, mark: str) -> None:
        self._process = process
        self._mark = mark
        self._output = Output(reader, lambda: process.poll() is not None, lambda: wait_for_child(process))
        self.pid = process.pid

    async def read(self, limit: int = PIPE_BYTES) -> bytes:
        """The next bytes of its output; ``b''`` at the end, or soon after the process ended."""
        return await self._output.read(limit)

    async def wait(self) -> int:
        """Its exit code; a signal ``n`` is ``128 + n``."""
        if self._process.poll() is None:
            await wait_for_child(self._process)
        code = self._process.wait()
        self._output.close()
        return shell_code(code)

    def signal(self, number: int) -> None:
        """To the whole group."""
        signal_group(self.pid, number)

    async def kill_tree(self) -> None:
        """End it and every descendant."""
        await anyio.to_thread.run_sync(kill_descendants, self.pid, self._mark)


def kill_descendants(pid: int, mark: str) -> None:
    """Kill a process, its children however deep, and whatever carries its mark."""
    kill_all(lambda: {*_tree(pid), *(marked(mark) if mark else ())})
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def kill_all(select: Callable[[], Iterable[psutil.Process]], deadline: float = 5.0) -> None:
    """Kill what ``select`` names until nothing of it lives, or for ``deadline`` seconds."""
    import psutil  # noqa: PLC0415 - a job in namespaces of its own never needs it

    end = time.monotonic() + deadline
    while (targets := [process for process in select() if _lives(process)]) and time.monotonic() < end:
        for process in targets:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.001)


def _lives(process: psutil.Process) -> bool:
    import psutil  # noqa: PLC0415 - see kill_all

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _tree(pid: int) -> Iterator[psutil.Process]:
    import psutil  # noqa: PLC0415 - as above

    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        yield from root.children(recursive=True)
        yield root


def marked(mark: str, variable: str = TRACKING) -> Iterator[psutil.Process]:
    """Every process with this mark, a job's, a whole run's or an engine's; those of other users can't be seen."""
    import psutil  # noqa: PLC0415 - as above

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            found = process.environ().get(variable, "")
            if found == mark or (mark.endswith("_") and found.startswith(mark)):
                yield process


def engine_id(pid: int, started: float) -> str:
    """The mark of what holds an engine's jobs, by what ``machine.processes.identify`` says of the engine."""
    return f"{pid}@{started:.0f}"


def tracking_id(run: str, job: str = "") -> str:
    """The mark of a job's processes; without a job the beginning that all of a run share."""
    return f"github_{run}_{job}"
