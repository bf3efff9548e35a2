"""The way out of the jobs' networks: by the machine's address, and past a packet filter that drops what is passed on.

Docker sets such a filter when it finds the machine not forwarding, ufw always. A rule that accepts must then stand in
that filter's own chain; it is put there by ``iptables`` and goes with the last engine that needs it. Whether packets
get out is tried, not read from rules: one is sent to the gateway, and a rule beside the translation counts it.
"""

from __future__ import annotations

import _socket as socket
import errno
import fcntl
import os
import time
from _collections_abc import Iterator, Sequence

from sluice.runners.host.inside import namespaces, netlink, network, nftables

_PROGRAMS = ("/usr/sbin/iptables", "/sbin/iptables", "/usr/local/sbin/iptables", "/usr/bin/iptables")
_CLAIMS = "/run/sluice"
_DISCARD_PORT = 9
_HOPS = 2  # the machine, and the gateway, which passes nothing on
_SOON_SECONDS, _AT_LAST_SECONDS, _BETWEEN_LOOKS_SECONDS = 0.01, 2.0, 0.002
_ANSWERS = ("-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED")


class WayOut:
    """NAT for one pool of addresses. Raises ``OSError`` where the machine can't give it."""

    def __init__(self, outside: Sequence[str], prefix: int) -> None:
        self._outside = outside
        self._network = f"{outside[0]}/{prefix}"
        self._table = f"sluice-{os.getpid()}-{outside[0]}"
        self._claim = _claim(outside[0])
        try:
            self._translation = nftables.masquerade(self._table, outside[0], prefix)
        except BaseException:
            self._give_up_claim()
            raise
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Take the rules back: the table, and what lets packets through if no other engine needs it."""
        self._translation.close()
        self._give_up_claim()

    def leave(self) -> None:
        """Forget it in a process that was forked: the rules stay."""
        self._translation.close()
        os.close(self._claim)

    def _give_up_claim(self) -> None:
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for _ in range(os.fstat(self._claim).st_size):
                self._permit("-D")
            os.unlink(_path(self._outside[0]))  # noqa: PTH108 - see spawner.py
        except BlockingIOError:
            return  # another engine needs them
        finally:
            os.close(self._claim)

    def _open(self) -> None:
        if self._leads_out(_SOON_SECONDS):
            return
        os.write(self._claim, b"+")
        self._permit("-I")
        if not self._leads_out(_AT_LAST_SECONDS):
            raise OSError(errno.EHOSTUNREACH, "the machine's packet filter drops what a job's network sends")

    def _leads_out(self, seconds: float) -> bool:
        before = nftables.packets(self._table)
        with _Prober(self._outside):
            end = time.monotonic() + seconds
            while nftables.packets(self._table) == before:
                if time.monotonic() > end:
                    return False
                time.sleep(_BETWEEN_LOOKS_SECONDS)
        return True

    def _permit(self, action: str) -> None:
        """Insert or delete the rules where there is a program for it."""
        for program in [path for path in _PROGRAMS if os.access(path, os.X_OK)][:1]:
            for rule in self._rules():
                _run(program, action, rule)

    def _rules(self) -> Iterator[tuple[str, ...]]:
        name = ("-m", "comment", "--comment", "sluice", "-j", "ACCEPT")
        yield ("-s", self._network, *name)
        yield ("-d", self._network, *_ANSWERS, *name)


def _claim(pool: str) -> int:
    """A file that every engine of this network that uses the pool has locked; it has a byte for each pair of rules."""
    os.makedirs(_CLAIMS, mode=0o700, exist_ok=True)  # noqa: PTH103 - see spawner.py
    while True:
        claim = os.open(_path(pool), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(claim, fcntl.LOCK_SH)
        if os.fstat(claim).st_nlink:
            return claim
        os.close(claim)  # the last engine has just removed it


def _path(pool: str) -> str:
    network = os.stat("/proc/self/ns/net").st_ino  # noqa: PTH116 - see spawner.py
    return f"{_CLAIMS}/way-out-{network}-{pool}"


class _Prober:
    """A process with a network of its own that has sent one packet to the gateway. Raises ``OSError``."""

    def __init__(self, outside: Sequence[str]) -> None:
        self._line, theirs = socket.socketpair()
        outer = netlink.Socket(netlink.ROUTE)
        self._process = os.fork()
        if self._process == 0:
            self._line.close()
            _probe(theirs, outer, outside)
        outer.close()
        theirs.close()
        if not self._line.recv(1):
            self.__exit__()
            raise OSError(errno.ENETDOWN, "a network of a job's own can't send")

    def __enter__(self) -> None:
        return None

    def __exit__(self, *details: object) -> None:
        self._line.close()
        _wait(self._process)


def _probe(line: socket.socket, outer: netlink.Socket, outside: Sequence[str]) -> None:
    """Send, say so and keep the network until the other end is closed."""
    try:
        namespaces.unshare(("network",))
        network.connect(outer, outside)
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, _HOPS)
        sender.sendto(b"", (outside[3], _DISCARD_PORT))
        line.send(b"1")
        line.recv(1)
    finally:
        os._exit(0)


def _run(program: str, action: str, rule: Sequence[str]) -> None:
    silent = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    _wait(os.posix_spawn(program, [program, "-w", "5", action, "FORWARD", *rule], {}, file_actions=silent))


def _wait(process: int) -> None:
    """Until it has ended: how, the kernel doesn't tell who ignores the end of children."""
    try:
        os.waitpid(process, 0)
    except ChildProcessError:
        return
