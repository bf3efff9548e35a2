"""What ``processes`` starts for each run: it starts the command, times it, and ends all that the command has started.

A program of its own, so that nothing goes on when the command that compares is killed. In: the words of the command;
its standard input is a socket, whose end means that nobody waits any more. Out: a line to that socket, ``ended STATUS
WALL PROCESSOR`` (a status of ``wait``, seconds) or ``failed ERRNO`` where the command can't be started.
"""

from __future__ import annotations

import os
import select
import sys
import time

from sluice.runners.host.inside import namespaces, signals, tree

_LINUX = sys.platform == "linux"


def main(words: list[str]) -> None:
    """Run the command to its end, or to the end of who asked."""
    line, woken = os.dup(0), _wake_at_end_of_child()
    if _LINUX:
        namespaces.adopt_orphans()
    start = time.perf_counter()
    try:
        child = os.posix_spawnp(
            words[0],
            words,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setpgroup=0,
            setsigdef=(signals.SIGPIPE, signals.SIGXFSZ),
        )
    except OSError as error:
        os.write(line, f"failed {error.errno}".encode())
        return
    said = _until_end(child, start, line, woken)
    _end_all(child)
    if said:
        os.write(line, said.encode())


def _wake_at_end_of_child() -> int:
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signals.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signals.signal(signals.SIGCHLD, lambda *_: None)
    return woken


def _until_end(child: int, start: float, line: int, woken: int) -> str | None:
    """What to say of the command; ``None`` when nobody wants to hear it."""
    while True:
        ready = select.select([line, woken], [], [])[0]
        for number, status, processor in _ended():
            if number == child:
                return f"ended {status} {time.perf_counter() - start!r} {processor!r}"
        if line in ready:
            return None
        os.read(woken, 4096)


def _ended() -> list[tuple[int, int, float]]:
    """The children that ended, orphans too: number, status, seconds of processor time."""
    found = []
    try:
        while (one := os.wait4(-1, os.WNOHANG))[0]:
            found.append((one[0], one[1], one[2].ru_utime + one[2].ru_stime))
    except ChildProcessError:
        return found
    return found


def _forget() -> None:
    _ended()


def _end_all(child: int) -> None:
    own = os.getpid()
    if _LINUX:
        tree.kill(lambda table: tree.below(own, table), _forget)
        return
    try:
        os.killpg(child, signals.SIGKILL)
    except OSError:
        return
