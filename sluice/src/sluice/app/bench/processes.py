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
MOST_OUTPUT = 1 << 30
"""Bytes: a command that prints more is stopped before the disk is full."""
_BETWEEN_LOOKS_SECONDS = 1.0


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
        code, took, excess = _wait(process, start, limit, output.fileno())
        if excess == "time":
            raise FailedRunError(f"{name} was stopped after {limit:g} s{_tail(output)}", hint="allow more: --timeout")
        if excess == "output":
            raise FailedRunError(f"{name} was stopped after {MOST_OUTPUT} bytes of output", hint="let it print less")
        if code:
            raise FailedRunError(f"{name} {_ended(code)}{_tail(output)}")
        return took


def _wait(process: subprocess.Popen[bytes], start: float, limit: float, output: int) -> tuple[int, Took, str]:
    """Exit code, times, and what there was too much of. The process's group is gone afterwards in any case."""
    over = threading.Event()
    excess: list[str] = []

    def watch() -> None:
        while not over.wait(min(_BETWEEN_LOOKS_SECONDS, max(0.0, start + limit - time.perf_counter()))):
            if os.fstat(output).st_size > MOST_OUTPUT:
                excess.append("output")
            elif time.perf_counter() >= start + limit:
                excess.append("time")
            if excess:
                _end_group(process.pid)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        over.set()
        watcher.join()
        _end_group(process.pid)
        process.wait()
    return process.returncode, Took(wall=wall, processor=usage.ru_utime + usage.ru_stime), "".join(excess)


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
