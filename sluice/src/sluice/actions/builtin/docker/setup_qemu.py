"""``docker/setup-qemu-action``: emulators for other platforms, registered with the kernel where that is allowed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

import anyio

from sluice.actions.builtin.docker.platforms import (
    BINFMT,
    EMULATORS,
    is_registered,
    native_platform,
    registered_platforms,
)
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError

_MANIFEST = """
name: Docker Setup QEMU
inputs:
  image: {default: "docker.io/tonistiigi/binfmt:latest"}
  platforms: {default: all}
  cache-image: {default: "true"}
outputs:
  platforms: {description: "what runs here, comma-separated"}
runs: {using: node20, main: built-in}
"""
_LEFT_OUT: Mapping[str, str] = {
    "image": "the emulators are this machine's own (qemu-user-static)",
    "cache-image": "no image is taken",
}


class SetupQemu(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "docker/setup-qemu-action")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Register what is asked for and not there yet. Raises ``ToolchainMissingError``."""
        tell_what_is_left_out(host, self)
        asked = host.inputs["platforms"]
        wanted = [] if asked == "all" else [_platform(name.strip()) for name in asked.split(",") if name.strip()]
        for name in wanted or EMULATORS:
            if name != native_platform() and not is_registered(name):
                await _register(host, name, needed=bool(wanted))
        there = [native_platform(), *registered_platforms()]
        host.log(f"Programs of these platforms run here: {', '.join(there)}")
        host.set_output("platforms", ",".join(there))

    async def post(self, host: ActionHost) -> None:
        """An emulator stays registered: the kernel has one list for all."""


def _platform(name: str) -> str:
    known = {key: key for key in EMULATORS} | {key.removeprefix("linux/"): key for key in EMULATORS}
    known |= {emulator: key for key, emulator in EMULATORS.items()} | {"arm": "linux/arm/v7"}
    if name not in known:
        raise ActionFailedError(f"No emulator is known for '{name}' (expected one of {', '.join(EMULATORS)})")
    return known[name]


async def _register(host: ActionHost, name: str, *, needed: bool) -> None:
    emulator = EMULATORS[name]
    problem = await _problem(host, emulator)
    if problem is None:
        host.log(f"Registered qemu-{emulator} for {name}")
    elif needed:
        raise ToolchainMissingError(f"Programs for {name} can't be run on this machine: {problem}")
    else:
        host.debug(f"{name}: {problem}")


async def _problem(host: ActionHost, emulator: str) -> str | None:
    """Why the emulator could not be registered."""
    if shutil.which(f"qemu-{emulator}-static") is None and shutil.which(f"qemu-{emulator}") is None:
        return f"qemu-{emulator}-static is not installed (Debian: apt install qemu-user-static)"
    if not await anyio.Path(BINFMT / "register").exists():
        await host.capture(("mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)))
    if shutil.which("update-binfmts") is None:
        return "update-binfmts is not installed (Debian: apt install binfmt-support)"
    _, said = await host.capture(("update-binfmts", "--enable", f"qemu-{emulator}"))
    if await anyio.to_thread.run_sync(_is_there, emulator):
        return None
    return f"the kernel took no registration, which needs root and binfmt_misc: {said.strip() or 'nothing was said'}"


def _is_there(emulator: str) -> bool:
    return (BINFMT / f"qemu-{emulator}").exists()
