"""One run of a command with what it took. In: words and a folder. Out: times, or an error with the command's output."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sluice
from sluice.gates.formats.words import clean
from sluice.runners.host.inside import tree
from sluice.source.errors import SluiceError

SHOWN_LINES = 40
"""Last lines of the output that an error shows."""
_SHOWN_BYTES = 16_384
MOST_OUTPUT = 1 << 30
"""Bytes: a command that prints more is stopped before the disk is full."""
_BETWEEN_LOOKS_SECONDS = 1.0
_SAID_BYTES = 4096
_GUARD_SECONDS = 10.0
"""More than it takes to end what it started (``tree.kill``)."""
_GUARD = (
    f"import sys; sys.path.insert(0, {str(Path(sluice.__file__).parent.parent)!r}); "
    "from sluice.app.bench import guard; guard.main(sys.argv[1:])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds. ``processor`` is user and system time of the process and of all descendants that were waited for."""

    wall: float
    processor: float


class FailedRunError(SluiceError):
    """A command that failed, was killed or took too long: there is nothing to compare."""


def run_timed(words: Sequence[str], folder: Path, limit: float, name: str) -> Took:
    """Run ``words`` in ``folder`` for at most ``limit`` seconds; whatever it leaves running ends with it, and with this
    process, however that ends.

    ``name`` says in errors what this run is. Raises ``FailedRunError``.
    """
    with tempfile.TemporaryFile() as output:
        try:
            said, excess = _guarded(words, folder, limit, output.fileno())
        except OSError as error:
            raise FailedRunError(f"{name} can't be started: {words[0]}: {error.strerror}") from error
        if excess == "time":
            raise FailedRunError(f"{name} was stopped after {limit:g} s{_tail(output)}", hint="allow more: --timeout")
        if excess == "output":
            raise FailedRunError(f"{name} was stopped after {MOST_OUTPUT} bytes of output", hint="let it print less")
        how, *numbers = said.split() or ["lost"]
        if how == "failed":
            raise FailedRunError(f"{name} can't be started: {words[0]}: {os.strerror(int(numbers[0]))}")
        if how == "lost":
            raise FailedRunError(f"{name} was lost: what held it was killed{_tail(output)}")
        if code := os.waitstatus_to_exitcode(int(numbers[0])):
            raise FailedRunError(f"{name} {_ended(code)}{_tail(output)}")
        return Took(wall=float(numbers[1]), processor=float(numbers[2]))


def _guarded(words: Sequence[str], folder: Path, limit: float, output: int) -> tuple[str, str]:
    """What the guard says, and what there was too much of. It is gone afterwards, also after an interrupt, with all it
    started; of one that was killed itself, its session is ended here.
    """
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _GUARD, *words],
            cwd=folder,
            stdin=theirs.fileno(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as guard,
    ):
        theirs.close()
        try:
            excess = _wait(ours, time.monotonic() + limit, output)
            return ("", excess) if excess else (ours.recv(_SAID_BYTES).decode(), "")
        finally:
            ours.close()  # which it takes for the end
            _see_off(guard)


def _see_off(guard: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        guard.wait(_GUARD_SECONDS)
    if guard.returncode != 0:
        guard.kill()
        if sys.platform == "linux":
            tree.kill(lambda table: {number for number, entry in table.items() if entry[1] == guard.pid}, lambda: None)


def _wait(guard: socket.socket, deadline: float, output: int) -> str:
    """Until the guard has something to say; else what there is too much of."""
    while not select.select([guard], [], [], min(_BETWEEN_LOOKS_SECONDS, max(0.0, deadline - time.monotonic())))[0]:
        if os.fstat(output).st_size > MOST_OUTPUT:
            return "output"
        if time.monotonic() >= deadline:
            return "time"
    return ""


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
