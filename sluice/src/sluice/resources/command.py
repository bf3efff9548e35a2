"""A command as what is watched: in a control group where there is one, else by its processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from sluice.machine.children import dying_with_us
from sluice.resources.cgroups import Group, open_group
from sluice.resources.model import Ending, Limits
from sluice.source.errors import UnavailableError

_JOIN = 'for place in $SLUICE_SOAK_GROUPS; do echo 0 > "$place" || exit 125; done; unset SLUICE_SOAK_GROUPS; exec "$@"'
_SECONDS = 10
_NO_GROUP = "no control group can be made here, which needs root or a delegated one"


class WatchedCommand:
    """A running command with all its children."""

    def __init__(self, process: subprocess.Popen[bytes], group: Group | None, limits: Limits) -> None:
        self._process = process
        self._group = group
        asked = limits.memory is not None or limits.cpus is not None
        refused = [_NO_GROUP] if asked else []
        self.unlimited = tuple(group.unlimited if group else refused)

    def usage(self) -> tuple[int, float] | None:
        """Memory in bytes and processor seconds; nothing once it has ended."""
        if self._process.poll() is not None:
            return None
        if self._group is not None:
            memory, cpu = self._group.memory(), self._group.cpu()
            if memory is not None and cpu is not None:
                return memory, cpu
        return _of_processes(self._process.pid)

    def stop(self) -> Ending:
        """End it, if it still runs."""
        code = self._process.poll()
        _signal(self._process, signal.SIGTERM)
        try:
            self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _signal(self._process, signal.SIGKILL)
            self._process.wait()
        killed = self._group is not None and self._group.out_of_memory()
        return Ending(code=_shown(code), killed=killed)


def _shown(code: int | None) -> int | None:
    return 128 - code if code is not None and code < 0 else code


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _of_processes(root: int) -> tuple[int, float] | None:
    try:
        top = psutil.Process(root)
        processes = [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    memory, cpu = 0, 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            memory += process.memory_info().rss
            times = process.cpu_times()
            cpu += times.user + times.system
    return memory, cpu


@contextmanager
def started_command(words: Sequence[str], limits: Limits) -> Iterator[WatchedCommand]:
    """Start a command; leaving ends it, and so does the end of this process, whatever ends that.

    Raises ``UnavailableError`` when its program is not there.
    """
    with open_group(limits) as group:
        command, environment = list(words), dict(os.environ)
        if group is not None:
            command = ["/bin/sh", "-c", _JOIN, "sh", *words]
            environment["SLUICE_SOAK_GROUPS"] = " ".join(map(str, group.entrances))
        try:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:
            raise UnavailableError(f"'{words[0]}' can't be started: {error.strerror}") from error
        watched = WatchedCommand(process, group, limits)
        with dying_with_us(process.pid):
            try:
                yield watched
            finally:
                watched.stop()
