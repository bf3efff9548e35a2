"""What the actions for Rust share: a toolchain of the machine's rustup, there already or brought, and what it is."""

from __future__ import annotations

from collections.abc import Iterable

from sluice.actions.protocol import ActionHost, ToolchainMissingError


def words(option: str, given: str) -> list[str]:
    """A list of names, by commas or blanks, each behind its option."""
    return [word for one in given.replace(",", " ").split() for word in (option, one)]


async def bring(host: ActionHost, rustup: str, name: str, extra: Iterable[str], profile: str) -> str:
    """What ``rustc`` says of itself, of a toolchain that is installed where it or an extra is missing.

    Raises ``ToolchainMissingError``.
    """
    asked = ("rustc", f"+{name}", "--version", "--verbose")
    code, version = await host.capture(asked)
    more = list(extra)
    if code != 0 or more:
        command = (rustup, "toolchain", "install", name, *more, "--profile", profile, "--no-self-update")
        if await host.run(command) != 0:
            raise ToolchainMissingError(f"rustup could not bring the toolchain '{name}' to this machine")
        _, version = await host.capture(asked)
    return version.strip()


def facts(version: str) -> dict[str, str]:
    """The lines ``name: value`` of ``rustc --version --verbose``."""
    return {name: value for name, _, value in (line.partition(": ") for line in version.splitlines())}
