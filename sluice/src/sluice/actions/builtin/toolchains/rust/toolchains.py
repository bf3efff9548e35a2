"""What the actions for Rust share: a toolchain of the machine's rustup, there already or brought, and what it is."""

from __future__ import annotations

import re
import shlex

from msgspec import Struct

from sluice.actions.protocol import ActionHost, ToolchainMissingError


class Wanted(Struct, frozen=True, kw_only=True):
    """A toolchain by rustup's name, with components and targets besides those of its profile."""

    name: str
    targets: tuple[str, ...]
    components: tuple[str, ...]
    profile: str = "minimal"


def names(given: str) -> tuple[str, ...]:
    """A list by commas or blanks."""
    return tuple(given.replace(",", " ").split())


async def bring(host: ActionHost, rustup: str, wanted: Wanted) -> str:
    """What ``rustc`` says of itself, of a toolchain that is installed where it or a part of it is missing.

    Raises ``ToolchainMissingError``.
    """
    asked = ("rustc", f"+{wanted.name}", "--version", "--verbose")
    code, version = await host.capture(asked)
    if code != 0 or not await _is_whole(host, rustup, wanted):
        parts = [word for one in wanted.targets for word in ("--target", one)]
        parts += [word for one in wanted.components for word in ("--component", one)]
        command = (rustup, "toolchain", "install", wanted.name, *parts, "--profile", wanted.profile)
        if await host.run((*command, "--no-self-update")) != 0:
            raise ToolchainMissingError(f"rustup could not bring {_described(wanted)} to this machine")
        host.log(f"Brought for this job; to keep it on this machine: {shlex.join(('rustup', *command[1:]))}")
        _, version = await host.capture(asked)
    return version.strip()


async def _is_whole(host: ActionHost, rustup: str, wanted: Wanted) -> bool:
    """Whether everything is there: rustup asks the network even for what it has."""
    for kind, parts in (("target", wanted.targets), ("component", wanted.components)):
        if parts:
            _, said = await host.capture((rustup, kind, "list", "--installed", "--toolchain", wanted.name))
            if not all(_has(said.split(), part) for part in parts):
                return False
    return True


def _has(installed: list[str], part: str) -> bool:
    """Components of one host have its name behind theirs, and some lose ``-preview``."""
    plain = re.escape(part.removesuffix("-preview"))
    return any(re.fullmatch(rf"{plain}(-preview)?(-\w+-\w+-\w+(-\w+)?)?", one) for one in installed)


def _described(wanted: Wanted) -> str:
    parts = (*wanted.components, *wanted.targets)
    return f"the toolchain '{wanted.name}'" + (f" with {', '.join(parts)}" if parts else "")


def facts(version: str) -> dict[str, str]:
    """The lines ``name: value`` of ``rustc --version --verbose``."""
    return {name: value for name, _, value in (line.partition(": ") for line in version.splitlines())}
