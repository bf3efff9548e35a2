"""Control groups of both versions: limits for a tree of processes, and what it uses.

https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sluice.resources.model import Limits

ROOT = Path("/sys/fs/cgroup")
_PERIOD = 100_000
_SECONDS = 5


class Group:
    """One control group; ``folders`` by controller (in version 2 all are one). ``unlimited`` says what was refused."""

    def __init__(self, folders: Mapping[str, Path], *, version: int) -> None:
        self._folders = folders
        self._version = version
        self.unlimited: list[str] = []

    @property
    def entrances(self) -> list[Path]:
        """The files into which a process writes 0 to join."""
        return [folder / "cgroup.procs" for folder in dict.fromkeys(self._folders.values())]

    def limit(self, limits: Limits) -> None:
        """Set what can be set."""
        if limits.memory is not None:
            names = ("memory.max", "memory.swap.max") if self._version == 2 else ("memory.limit_in_bytes",)
            values = (str(limits.memory), "0")
            for name, value in zip(names, values, strict=False):
                self._write("memory", name, value, needed=not name.startswith("memory.swap"))
        if limits.cpus is not None:
            quota = int(limits.cpus * _PERIOD)
            if self._version == 2:
                self._write("cpu", "cpu.max", f"{quota} {_PERIOD}", needed=True)
            else:
                self._write("cpu", "cpu.cfs_period_us", str(_PERIOD), needed=False)
                self._write("cpu", "cpu.cfs_quota_us", str(quota), needed=True)

    def _write(self, controller: str, name: str, value: str, *, needed: bool) -> None:
        try:
            (self._folders[controller] / name).write_text(value)
        except (OSError, KeyError) as error:
            if needed:
                self.unlimited.append(
                    f"{controller} can't be limited here: {getattr(error, 'strerror', None) or error}"
                )

    def memory(self) -> int | None:
        """Memory of its processes, without the page cache; nothing where it isn't counted."""
        found = self._numbers("memory", "memory.stat")
        if self._version == 2:
            return found["anon"] + found.get("shmem", 0) if "anon" in found else None
        return found["total_rss"] + found.get("total_shmem", 0) if "total_rss" in found else None

    def cpu(self) -> float | None:
        """Seconds of processor time so far."""
        if self._version == 2:
            found = self._numbers("cpu", "cpu.stat").get("usage_usec")
            return None if found is None else found / 1e6
        try:
            return int((self._folders["cpuacct"] / "cpuacct.usage").read_text()) / 1e9
        except (OSError, KeyError, ValueError):
            return None

    def out_of_memory(self) -> bool:
        """Whether a process was ended because the group's memory was used up."""
        if self._version == 2:
            return self._numbers("memory", "memory.events").get("oom_kill", 0) > 0
        return self._numbers("memory", "memory.oom_control").get("oom_kill", 0) > 0

    def _numbers(self, controller: str, name: str) -> dict[str, int]:
        try:
            text = (self._folders[controller] / name).read_text()
        except (OSError, KeyError):
            return {}
        return {
            key: int(value) for key, _, value in (line.partition(" ") for line in text.splitlines()) if value.isdigit()
        }

    def close(self) -> None:
        """Remove it, once its last process is gone."""
        end = time.monotonic() + _SECONDS
        for folder in dict.fromkeys(self._folders.values()):
            while folder.exists() and time.monotonic() < end:
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    break
                time.sleep(0.02)


@contextmanager
def open_group(limits: Limits, root: Path = ROOT, own: Path = Path("/proc/self/cgroup")) -> Iterator[Group | None]:
    """A group for this process's children; nothing where none can be made."""
    group = _make(root, own)
    if group is None:
        yield None
        return
    try:
        group.limit(limits)
        yield group
    finally:
        group.close()


def _make(root: Path, own: Path) -> Group | None:
    name = f"sluice-soak-{os.getpid()}-{time.monotonic_ns()}"
    if (root / "cgroup.controllers").exists():
        return _make_second(root, own, name)
    folders = {}
    for controller in ("memory", "cpu", "cpuacct"):
        place = _first_version_place(root, own, controller)
        with contextlib.suppress(OSError):
            (place / name).mkdir()
            folders[controller] = place / name
    return Group(folders, version=1) if folders else None


def find_container(identity: str) -> Group | None:
    """The group that an engine made for a container, where it can be seen: quicker than asking."""
    for path in (f"docker/{identity}", f"system.slice/docker-{identity}.scope"):
        if (ROOT / path / "memory.stat").exists():
            return Group({"memory": ROOT / path, "cpu": ROOT / path}, version=2)
        folders = {name: ROOT / name / path for name in ("memory", "cpu", "cpuacct")}
        if all(folder.is_dir() for folder in folders.values()):
            return Group(folders, version=1)
    return None


def _first_version_place(root: Path, own: Path, controller: str) -> Path:
    """This process's own group of a controller, or the top where that is not to be seen."""
    path = next((line.split(":", 2)[2] for line in _lines(own) if controller in line.split(":")[1].split(",")), "/")
    place = root / controller / path.lstrip("/")
    return place if place.is_dir() else root / controller


def _make_second(root: Path, own: Path, name: str) -> Group | None:
    """Below this process's own group, or beside it: a group with processes hands on no controllers."""
    path = next((line.split("::", 1)[1] for line in _lines(own) if line.startswith("0::")), "/")
    place = root / path.lstrip("/")
    for parent in dict.fromkeys((place, place.parent if place != root else place)):
        folder = parent / name
        try:
            folder.mkdir()
        except OSError:
            continue
        for controller in ("memory", "cpu"):
            with contextlib.suppress(OSError):
                (parent / "cgroup.subtree_control").write_text(f"+{controller}")
        if (folder / "memory.max").exists():
            return Group({"memory": folder, "cpu": folder}, version=2)
        folder.rmdir()
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
