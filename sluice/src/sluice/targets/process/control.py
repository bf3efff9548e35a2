"""Orders to a supervisor, which is started where there is none. In: a folder, an order. Out: an answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from sluice.machine.locks import take_lock
from sluice.targets.commands import plain_environment
from sluice.targets.process.orders import Answer, Order
from sluice.targets.process.supervisor import LOCK, SOCKET
from sluice.targets.protocol import TargetError

_START = 20.0
_LOG = "supervisor.log"
_TOLD = 2000
"""Bytes of it that are looked at for the last line."""


def tell(folder: Path, order: Order, timeout: float = 30) -> Answer:
    """Have the order carried out, by a new supervisor if need be. Raises ``TargetError`` when it can't be."""
    _ensure(folder)
    answer = ask(folder, order, timeout)
    if answer is None:
        raise TargetError("the supervisor is gone", hint=f"its words are in {folder / _LOG}")
    if answer.error:
        raise TargetError(f"the supervisor: {answer.error}")
    return answer


def ask(folder: Path, order: Order, timeout: float = 30) -> Answer | None:
    """The answer of the supervisor that is there; ``None`` without one, or when it died over it."""
    try:
        with _connected(folder, timeout) as plug, plug.makefile("rb") as lines:
            plug.sendall(msgspec.json.encode(order) + b"\n")
            line = lines.readline()
    except TimeoutError as error:
        raise TargetError(f"the supervisor did not answer within {timeout:g} s") from error
    except OSError:
        return None
    return msgspec.json.decode(line, type=Answer) if line else None


def wait_until_gone(folder: Path, timeout: float = 10) -> None:
    """Return when no supervisor holds the folder. Raises ``TargetError`` when one still does."""
    deadline = time.monotonic() + timeout
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while time.monotonic() < deadline:
            if take_lock(descriptor):
                return
            time.sleep(0.02)
    finally:
        os.close(descriptor)
    raise TargetError(f"the supervisor did not end within {timeout:g} s")


def _ensure(folder: Path) -> None:
    if _listens(folder):
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + _START
    process = _launch(folder)
    while not _listens(folder):
        if time.monotonic() > deadline:
            raise TargetError("the supervisor did not start", hint=f"its words are in {folder / _LOG}")
        if process.poll():  # the next one would fare no better
            raise TargetError(
                f"the supervisor did not start: {_last_words(folder)}", hint=f"more is in {folder / _LOG}"
            )
        if process.returncode == 0:  # one that is just ending still held the lock
            process = _launch(folder)
        time.sleep(0.02)
    process.returncode = 0  # it outlives this command, and nobody here waits for it


def _last_words(folder: Path) -> str:
    """The last line with words in it: a group of exceptions is drawn in a frame."""
    lines = (folder / _LOG).read_bytes()[-_TOLD:].decode("utf-8", "replace").splitlines()
    return next(filter(None, (line.strip(" |+-") for line in reversed(lines))), "it said nothing")


def _launch(folder: Path) -> subprocess.Popen[bytes]:
    """Detached: neither the end of this command nor a job's clean-up ends it."""
    words = [sys.executable, "-m", "sluice.targets.process.supervisor", str(folder)]
    with (folder / _LOG).open("ab") as log:
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment()
        )


def _environment() -> dict[str, str]:
    return plain_environment("PYTHONPATH")


def _listens(folder: Path) -> bool:
    try:
        _connected(folder, 5).close()
    except OSError:
        return False
    return True


def _connected(folder: Path, timeout: float) -> socket.socket:
    """A connection; through the folder's descriptor where there is one, as a socket's path must be short."""
    descriptor = os.open(folder, os.O_RDONLY)
    plug = socket.socket(socket.AF_UNIX)
    plug.settimeout(timeout)
    near = Path(f"/proc/self/fd/{descriptor}")
    try:
        plug.connect(str((near if near.exists() else folder) / SOCKET))
    except BaseException:
        plug.close()
        raise
    finally:
        os.close(descriptor)
    return plug
