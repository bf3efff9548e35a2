"""Platforms of images, and which of them this machine runs: its own, and those that the kernel hands to an emulator.

https://www.kernel.org/doc/html/latest/admin-guide/binfmt-misc.html
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

BINFMT = Path("/proc/sys/fs/binfmt_misc")
_NATIVE = {"x86_64": "linux/amd64", "amd64": "linux/amd64", "aarch64": "linux/arm64", "arm64": "linux/arm64"}
EMULATORS: Mapping[str, str] = {
    "linux/amd64": "x86_64",
    "linux/arm64": "aarch64",
    "linux/arm/v7": "arm",
    "linux/arm/v6": "arm",
    "linux/386": "i386",
    "linux/riscv64": "riscv64",
    "linux/ppc64le": "ppc64le",
    "linux/s390x": "s390x",
    "linux/mips64le": "mips64el",
    "linux/mips64": "mips64",
    "linux/loong64": "loongarch64",
}
"""QEMU's name of an architecture by platform."""
_RUNS_TOO = {"linux/amd64": ("linux/386",), "linux/arm64": ("linux/arm/v7", "linux/arm/v6")}


def is_known(name: str) -> bool:
    """Whether there is such a platform, whatever its variant."""
    system, _, rest = name.partition("/")
    return system == "linux" and rest.partition("/")[0] in {known.split("/")[1] for known in EMULATORS}


def native_platform() -> str:
    """This machine's."""
    return _NATIVE.get(platform.machine().lower(), f"linux/{platform.machine().lower()}")


def registered_platforms() -> list[str]:
    """The other platforms whose programs run here, because an emulator is registered and enabled."""
    return [name for name in EMULATORS if name != native_platform() and is_registered(name)]


def is_registered(name: str, folder: Path = BINFMT) -> bool:
    """Whether an emulator is registered and enabled for a platform."""
    emulator = EMULATORS.get(name)
    try:
        return emulator is not None and (folder / f"qemu-{emulator}").read_text().startswith("enabled")
    except OSError:
        return False


def runs_here(name: str) -> bool:
    """Whether programs of a platform run on this machine."""
    own = native_platform()
    return name == own or name in _RUNS_TOO.get(own, ()) or is_registered(name)
