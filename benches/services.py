"""Measure how long a service takes to be ready, against PostgreSQL started by hand, all in one run.

    python benches/services.py                ten repeats
    python benches/services.py --repeats 3    fewer
    python benches/services.py --version 18   another version

By hand is what a script would do: initdb, start, ask until it accepts, with PostgreSQL's own settings. The repeats are
interleaved and the median counts. The server is fetched before anything is measured.
"""

from __future__ import annotations

import argparse
import functools
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import anyio

from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.cache import ServerCache
from sluice.services.embedded.folders import find_folders
from sluice.services.embedded.identity import unprivileged
from sluice.services.embedded.listening import free_port
from sluice.services.embedded.postgresql.installations import Installation, Installations
from sluice.services.embedded.postgresql.probe import Readiness, probe_address
from sluice.services.embedded.postgresql.provider import PostgresqlProvider
from sluice.services.embedded.versions import WantedVersion
from sluice.services.launcher import LocalLauncher
from sluice.services.protocol import Place

COLD_AIM, WARM_AIM = 1.0, 0.2


def by_hand(installation: Installation, folder: Path) -> float:
    """Seconds for initdb and a start."""
    identity = unprivileged()
    if identity is not None:
        shutil.chown(folder, identity.user, identity.group)
    user, group, others = (None, None, None) if identity is None else (identity.user, identity.group, ())
    program = functools.partial(subprocess.Popen, user=user, group=group, extra_groups=others)
    port, data = free_port("127.0.0.1"), str(folder / "data")
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with program([installation.binaries / "initdb", "-D", data, "-U", "postgres"], **quiet) as making:
        if making.wait():
            raise SystemExit("initdb failed")
    command = [installation.binaries / "postgres", "-D", data, f"--port={port}", "--unix_socket_directories="]
    with program(command, **quiet) as server:
        while probe_address("127.0.0.1", port) is not Readiness.ACCEPTING:
            time.sleep(0.005)
        seconds = time.perf_counter() - start
        server.send_signal(signal.SIGINT)
    return seconds


async def served(version: str, password: str, folder: Path) -> float:
    """Seconds until a service is healthy; a password that was never seen makes it cold."""
    request = ContainerRequest(
        name="bench", image=f"postgres:{version}", env={"POSTGRES_PASSWORD": password}, ports=("5432",)
    )
    start = time.perf_counter()
    service = await PostgresqlProvider().start(request, Place(launcher=LocalLauncher(), folder=folder))
    await service.healthy(60)
    seconds = time.perf_counter() - start
    await service.stop(10)
    return seconds


def main() -> None:
    """Print the medians, their ratios to starting by hand, and whether what was promised holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--version", default="15")
    given = parser.parse_args()
    folders = find_folders(unprivileged())
    installation = Installations(ServerCache(folders)).find(WantedVersion(major=int(given.version)))
    before = set(folders.templates.iterdir())
    try:
        report(measure(given.version, given.repeats, installation), installation)
    finally:
        for made in set(folders.templates.iterdir()) - before:
            shutil.rmtree(made, ignore_errors=True)


def measure(version: str, repeats: int, installation: Installation) -> dict[str, list[float]]:
    """The seconds of every repeat."""
    contenders: dict[str, Callable[[Path, int], float]] = {
        "by hand": lambda folder, _: by_hand(installation, folder),
        "service, cold": lambda folder, number: anyio.run(served, version, f"{time.time_ns()}-{number}", folder),
        "service, from the template": lambda folder, _: anyio.run(served, version, "bench", folder),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(-1, repeats):  # the first is not counted: it makes the template and warms the disk
        for name, contender in contenders.items():
            with tempfile.TemporaryDirectory(prefix="sluice-bench-", ignore_cleanup_errors=True) as folder:
                Path(folder).chmod(0o711)
                found = contender(Path(folder), number)
            if number >= 0:
                seconds[name].append(found)
    return seconds


def report(seconds: dict[str, list[float]], installation: Installation) -> None:
    """Print what was measured."""
    base = statistics.median(seconds["by hand"])
    print(f"PostgreSQL {installation.version}, seconds until it accepts connections")
    for name, found in seconds.items():
        middle = statistics.median(found)
        print(f"  {name:28} {middle:6.3f}  ({min(found):.3f} to {max(found):.3f}), {middle / base:5.2f} of by hand")
    for name, aim in (("service, cold", COLD_AIM), ("service, from the template", WARM_AIM)):
        middle = statistics.median(seconds[name])
        print(f"  {name}: wanted under {aim} s, found {middle:.3f} s: {'reached' if middle < aim else 'NOT REACHED'}")


if __name__ == "__main__":
    main()
