"""Runs the roles as processes and measures the one in the middle: shares a second, latency, processor time, memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from loka_stratum.bench.miners import Result
from loka_stratum.errors import UnavailableError
from loka_stratum.form import FORM

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = resource.getpagesize()


class Measured(msgspec.Struct, kw_only=True):
    """What was measured of one that stands between miners and pool."""

    what: str
    miners: int
    result: Result
    cpu_share: float
    """Of one core, while the miners were at work."""
    microseconds_per_share: float
    """Processor time."""
    microseconds_per_connection: float
    """Processor time until a miner that connects has work."""
    memory_bytes: int
    memory_per_miner_bytes: int
    """What each miner added to it."""
    form: str = FORM
    """Of this installation: ``compiled`` or ``interpreted``."""


class Program(NamedTuple):
    """What else can stand in the middle: a command that is given the pool's address, and says its port."""

    name: str
    command: tuple[str, ...]


def measure(what: str | Program, miners: int, seconds: float, pause: float, extra: tuple[str, ...] = ()) -> Measured:
    """Let miners work through ``relay``, ``proxy`` or another program.

    Raises ``UnavailableError`` if a process can't be run.
    """
    name, command = what if isinstance(what, Program) else (what, _command(what))
    with _role(_command("pool")) as (_, pool), _role((*command, f"127.0.0.1:{pool}", *extra)) as (process, port):
        cpu, memory = _cpu_seconds(process.pid), _memory(process.pid)
        with _crowd(port, miners, seconds, pause) as crowd:
            connected_cpu = _cpu_seconds(process.pid)
            said, _ = crowd.communicate()
            cpu_used, grown = _cpu_seconds(process.pid) - connected_cpu, _peak_memory(process.pid)
        if crowd.returncode or process.poll() is not None:
            raise UnavailableError(f"the {name} or its miners ended early")
        result = msgspec.json.decode(said, type=Result)
    return Measured(
        what=name,
        miners=miners,
        result=result,
        cpu_share=cpu_used / result.seconds,
        microseconds_per_share=cpu_used / max(1, result.shares) * 1e6,
        microseconds_per_connection=(connected_cpu - cpu) / miners * 1e6,
        memory_bytes=grown,
        memory_per_miner_bytes=max(0, grown - memory) // miners,
    )


def share_of_limit(relays: Sequence[Measured], proxies: Sequence[Measured]) -> float:
    """The proxy's throughput as a part of the relay's: the middle one of the rounds, each compared within itself."""
    return median(
        proxy.result.shares_per_second / relay.result.shares_per_second
        for relay, proxy in zip(relays, proxies, strict=True)
    )


def added_milliseconds(relays: Sequence[Measured], proxies: Sequence[Measured]) -> tuple[float, float]:
    """What the proxy adds to the relay's latency, p50 and p99: the middle one of the rounds."""
    pairs = list(zip(relays, proxies, strict=True))
    return (
        median(proxy.result.p50_milliseconds - relay.result.p50_milliseconds for relay, proxy in pairs),
        median(proxy.result.p99_milliseconds - relay.result.p99_milliseconds for relay, proxy in pairs),
    )


def in_turns(
    miners: int, seconds: float, pause: float, rounds: int, extra: tuple[str, ...] = ()
) -> tuple[list[Measured], list[Measured]]:
    """Relay and proxy by turns, so that a busy machine slows both; ``extra`` is for the proxy."""
    relays, proxies = [], []
    for _ in range(rounds):
        relays.append(measure("relay", miners, seconds, pause))
        proxies.append(measure("proxy", miners, seconds, pause, extra))
    return relays, proxies


@contextmanager
def _role(command: tuple[str, ...]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        said = process.stdout.readline().strip() if process.stdout is not None else b""
        if not said.isdigit():
            raise UnavailableError(f"{' '.join(command[1:])} can't be started")
        yield process, int(said)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _crowd(port: int, miners: int, seconds: float, pause: float) -> Iterator[subprocess.Popen[bytes]]:
    """Miners that all have work."""
    command = _command("miners", f"127.0.0.1:{port}", str(miners), str(seconds), str(pause))
    with subprocess.Popen(command, stdout=subprocess.PIPE) as crowd:
        try:
            if crowd.stdout is None or crowd.stdout.readline().strip() != b"ready":
                raise UnavailableError(f"{miners} miners can't be connected")
            yield crowd
        finally:
            crowd.kill()


def _command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "loka_stratum.bench", *arguments)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def _peak_memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return _memory(pid)
