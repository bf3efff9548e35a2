"""An image as what is watched: a container of the engine under its limits, which the engine itself sets and counts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sluice.resources.cgroups import find_container
from sluice.resources.engine import EngineConnection
from sluice.resources.model import Ending, Limits
from sluice.runners.container.leftovers.guarding import watch_over
from sluice.runners.container.leftovers.ownership import own_labels
from sluice.source.errors import UnavailableError, UsageError

_LINES_TOLD = 20


class WatchedContainer:
    """A running container."""

    unlimited: tuple[str, ...] = ()

    def __init__(self, identity: str, engine: EngineConnection, program: str) -> None:
        self._identity = identity
        self._program = program
        self._engine = engine
        self._group = find_container(identity)

    def usage(self) -> tuple[int, float] | None:
        """Memory in bytes, without the page cache, and processor seconds; nothing once it has ended."""
        if self._group is not None:
            memory, cpu = self._group.memory(), self._group.cpu()
            return None if memory is None or cpu is None else (memory, cpu)
        found = self._engine.get(f"/containers/{self._identity}/stats?stream=false&one-shot=true")
        return usage_of(found)

    def stop(self) -> Ending:
        """End it, if it still runs. The end of what it wrote before it failed by itself goes to standard error."""
        state: dict[str, Any] = self._engine.get(f"/containers/{self._identity}/json")["State"]
        code = None if state.get("Running") else int(state.get("ExitCode") or 0)
        if code:
            self._tell()
        return Ending(code=code, killed=bool(state.get("OOMKilled")))

    def _tell(self) -> None:
        command = [self._program, "logs", "--tail", str(_LINES_TOLD), self._identity]
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60)
            sys.stderr.write(done.stdout.decode(errors="replace"))


def usage_of(stats: dict[str, Any]) -> tuple[int, float] | None:
    """Memory and processor seconds in what the engine tells (docs.docker.com: ContainerStats)."""
    memory = stats.get("memory_stats") or {}
    detailed: dict[str, int] = memory.get("stats") or {}
    for anonymous, shared in (("anon", "shmem"), ("total_rss", "total_shmem")):
        if anonymous in detailed:
            cpu = ((stats.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage", 0)
            return detailed[anonymous] + detailed.get(shared, 0), cpu / 1e9
    return None


@contextmanager
def started_container(
    image: str, words: Sequence[str], limits: Limits, options: Sequence[str]
) -> Iterator[WatchedContainer]:
    """Start a container; leaving removes it, and so does the end of this process, whatever ends that.

    Raises ``UnavailableError`` without an engine, ``UsageError`` when it refuses.
    """
    program = shutil.which("docker")
    if program is None:
        raise UnavailableError("soaking an image needs a container engine, and 'docker' is not on PATH")
    engine = EngineConnection()
    command = [program, "run", "--detach", *_belonging(engine), *_limits(limits), *options, image, *words]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=120)
    identity = done.stdout.strip()
    try:
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["nothing was said"]
            raise UsageError(f"the engine doesn't run '{image}': {said[0]}")
        yield WatchedContainer(identity, engine, program)
    finally:
        if identity:
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    [program, "rm", "--force", "--volumes", identity], capture_output=True, check=False, timeout=60
                )


def _belonging(engine: EngineConnection) -> list[str]:
    """Options by which it ends with this process. In a job of Sluice's it is the job's already."""
    if "RUNNER_TRACKING_ID" in os.environ:
        return []
    watch_over(engine.address)
    return [word for name, value in own_labels({}).items() for word in ("--label", f"{name}={value}")]


def _limits(limits: Limits) -> list[str]:
    memory = [] if limits.memory is None else ["--memory", str(limits.memory), "--memory-swap", str(limits.memory)]
    return [*memory, *([] if limits.cpus is None else ["--cpus", str(limits.cpus)])]
