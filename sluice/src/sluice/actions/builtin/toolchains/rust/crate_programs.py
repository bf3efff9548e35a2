"""Programs of crates.io that an action brings: on the job's PATH already, or built once for all jobs.

A program is built by the job's cargo into ``<tools>/crates/NAME``, with the version where one is asked for; cargo
itself makes jobs that want the same one wait for the first.
"""

from __future__ import annotations

import re
from pathlib import Path

from sluice.actions.protocol import ActionHost, ToolchainMissingError

_VERSION = re.compile(r"[\w.+~^<>=*-]+")


async def bring_program(host: ActionHost, crate: str, *, program: str = "", version: str = "") -> None:
    """Have a crate's programs on the PATH of later steps; ``program`` where its name is another one.

    Raises ``ToolchainMissingError``.
    """
    name = program or crate
    if await _is_there(host, name, version):
        return
    if host.container is not None:
        raise ToolchainMissingError(f"The job's container has no '{name}': use an image that has it")
    place = host.workspace.paths.tools / "crates" / (f"{crate}-{version}" if version else crate)
    if not (place / "bin" / name).is_file():
        await _build(host, crate, version, place)
    host.add_path(place / "bin")
    host.log(f"{name} is {place / 'bin' / name}")


async def _is_there(host: ActionHost, name: str, version: str) -> bool:
    """Whether the job has the program, in the version that is asked for."""
    code, place = await host.capture_inside(("sh", "-c", 'command -v "$0"', name))
    if code != 0:
        return False
    said = (await host.capture_inside((name, "--version")))[1] if version else ""
    if version and not re.search(rf"(?<![\d.]){re.escape(version)}(?![\d])", said):
        return False
    host.log(f"{name} is {place.strip()}")
    return True


async def _build(host: ActionHost, crate: str, version: str, place: Path) -> None:
    if version and _VERSION.fullmatch(version) is None:
        raise ToolchainMissingError(f"'{version}' is no version of '{crate}'")
    wanted = f"{crate}@{version}" if version else crate
    host.log(f"{wanted} is not here yet: it is built from crates.io")
    if await host.run(("cargo", "install", "--locked", "--root", str(place), wanted)) != 0:
        raise ToolchainMissingError(f"'{wanted}' is not on this machine, and cargo could not build it")
