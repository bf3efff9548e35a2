"""One run of a command with what it took. In: words and a folder. Out: times, or an error with the command's output."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sluice.gates.formats.words import clean
from sluice.source.errors import SluiceError

SHOWN_LINES = 40
"""Last lines of the output that an error shows."""
_SHOWN_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds. ``processor`` is user and system time of the process and of all descendants that were waited for."""

    wall: float
    processor: float


class FailedRunError(SluiceError):
    """A command that failed, was killed or took too long: there is nothing to compare."""


def run_timed(words: Sequence[str], folder: Path, limit: float, name: str) -> Took:
    """Run ``words`` in ``folder`` for at most ``limit`` seconds; whatever it leaves running ends with it.

    ``name`` says in errors what this run is. Raises ``FailedRunError``.
    """
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise FailedRunError(f"{name} can't be started: {words[0]}: {error.strerror}") from error
        code, took, late = _wait(process, start, limit)
        if late:
            raise FailedRunError(f"{name} was stopped after {limit:g} s{_tail(output)}", hint="allow more: --timeout")
        if code:
            raise FailedRunError(f"{name} {_ended(code)}{_tail(output)}")
        return took


def _wait(process: subprocess.Popen[bytes], start: float, limit: float) -> tuple[int, Took, bool]:
    """Exit code, times, and whether the limit was passed. The process's group is gone afterwards in any case."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        _end_group(process.pid)

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        timer.cancel()
        _end_group(process.pid)
        process.wait()
    return process.returncode, Took(wall=wall, processor=usage.ru_utime + usage.ru_stime), late.is_set()


def _end_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _ended(code: int) -> str:
    if code > 0:
        return f"failed with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _tail(output: IO[bytes]) -> str:
    """The end of what was printed, each line made safe for a terminal."""
    output.seek(max(0, output.seek(0, os.SEEK_END) - _SHOWN_BYTES))
    lines = output.read().decode("utf-8", "replace").splitlines()[-SHOWN_LINES:]
    shown = "\n".join(f"  | {clean(line)}" for line in lines)
    return f"; its output ends:\n{shown}" if shown else "; it printed nothing"
