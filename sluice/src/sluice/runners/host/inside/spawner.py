"""The process that makes keepers: one for each engine, started once, so that a job costs a fork and no start-up.

Requests arrive on the socket that is its standard input; it ends when the engine closes the other end. What is imported
here and below is part of every run's start: ``typing`` alone would be a quarter of it, ``collections`` a tenth,
``socket`` more than its part in C, which is all that is needed. The engine starts it with the collector of reference
cycles off, as there are none.
"""

from __future__ import annotations

import _socket as socket
import gc
import os

from sluice.runners.host.inside import namespaces, signals, wire
from sluice.runners.host.inside.keeper import hold
from sluice.runners.host.inside.pool import POOL_PREFIX
from sluice.runners.host.inside.way_out import WayOut


def main(outside: list[str]) -> None:
    """Serve one engine, whose first job will probably have this way out, if any; ends the process."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # what the engine was started with is none of a job's business
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    signals.signal(signals.SIGINT, signals.SIG_IGN)
    signals.signal(signals.SIGCHLD, signals.SIG_IGN)
    os.chdir("/")
    umask = os.umask(0o022)
    gc.freeze()
    gc.enable()
    spawner = Spawner(control, umask)
    spawner.prepare(outside)
    spawner.run()
    os._exit(0)  # nothing else is to be tidied up that the kernel would not take back anyway


class Spawner:
    """Makes a keeper for each request; holds the machine's side of the jobs' networks."""

    def __init__(self, control: socket.socket, umask: int) -> None:
        self._control = control
        self._umask = umask  # the engine's
        self._assembler = wire.Assembler()
        self._ways_out: dict[str, WayOut] = {}
        self._refused: dict[str, OSError] = {}

    def prepare(self, outside: list[str]) -> None:
        """Lead outside what comes, while the engine still plans; the job that can't be is told so."""
        try:
            self._lead_outside(outside)
        except OSError:
            return

    def run(self) -> None:
        """Until the engine is gone."""
        descriptors: list[int] = []
        while True:
            packet, ancillary = wire.receive(self._control, socket.CMSG_SPACE(16))
            if not packet:
                for way in self._ways_out.values():
                    way.close()
                return
            descriptors = wire.descriptors(ancillary) or descriptors
            message = self._assembler.add(packet)
            if message is not None:
                self._open(socket.socket(fileno=descriptors[0]), descriptors[1], message[3])
                descriptors = []

    def _open(self, job: socket.socket, life: int, body: bytes) -> None:
        """Fork a keeper for the job of this socket and life line."""
        try:
            self._lead_outside(wire.unpack(body)[-1])
        except OSError as error:
            job.send(next(wire.packets(wire.FAILED, 0, error.errno or 0, str(error).encode())))
        else:
            if os.fork() == 0:
                self._become_keeper(job, life, body)
        job.close()
        os.close(life)

    def _lead_outside(self, outside: list[str]) -> None:
        """Once for each pool, also where it can't be: finding that out takes seconds."""
        if not outside or outside[0] in self._ways_out:
            return
        if outside[0] in self._refused:
            raise self._refused[outside[0]]
        try:
            forward_packets()
            self._ways_out[outside[0]] = WayOut(outside, POOL_PREFIX)
        except OSError as error:
            self._refused[outside[0]] = error
            raise

    def _become_keeper(self, job: socket.socket, life: int, body: bytes) -> None:
        try:
            self._control.close()
            for way in self._ways_out.values():
                way.leave()
            signals.signal(signals.SIGCHLD, signals.SIG_DFL)
            signals.signal(signals.SIGINT, signals.SIG_DFL)
            _prefer_ending_this()
            namespaces.control(namespaces.PR_SET_DUMPABLE, 1)
            hold(job, life, body, self._umask)
        finally:
            os._exit(0)


def forward_packets() -> None:
    """Let the machine pass packets on between its networks, as every container engine has it."""
    switch = "/proc/sys/net/ipv4/ip_forward"
    with open(switch) as file:  # noqa: PTH123 - pathlib would double this process's start-up time
        if file.read().strip() == "1":
            return
    with open(switch, "w") as file:  # noqa: PTH123 - as above
        file.write("1")


def _prefer_ending_this() -> None:
    """When memory runs out the kernel shall take a job before the engine, as GitHub's runner arranges it."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - see tree.py
            file.write("500")
    except OSError:
        return
