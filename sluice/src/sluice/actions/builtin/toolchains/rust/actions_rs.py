"""``actions-rs/toolchain`` and ``actions-rs/cargo``: a toolchain of the machine's rustup, and a command of cargo."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import text_of
from sluice.actions.builtin.toolchains.rust.toolchains import Wanted, bring, facts, names
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_TOOLCHAIN = """
name: rust-toolchain
inputs:
  toolchain: {}
  target: {}
  default: {default: "false"}
  override: {default: "false"}
  profile: {}
  components: {}
outputs:
  rustc: {description: version of rustc}
  rustc_hash: {description: commit of rustc}
  cargo: {description: version of cargo}
  rustup: {description: version of rustup}
runs: {using: node20, main: built-in}
"""
_CARGO = """
name: rust-cargo
inputs:
  command: {required: true}
  toolchain: {}
  args: {}
  use-cross: {default: "false"}
runs: {using: node20, main: built-in}
"""
_FILES = ("rust-toolchain", "rust-toolchain.toml")
_VERSION = re.compile(r"\b\d+\.\d+\.\d+(?:-[\w.]+)? \([^)]*\)")


class Toolchain(BuiltinAction):
    """``actions-rs/toolchain``."""

    manifest = read_manifest(_TOOLCHAIN, "actions-rs/toolchain")

    async def main(self, host: ActionHost) -> None:
        """Install what is missing; the job's own with ``default`` or ``override``. Raises ``ToolchainMissingError``."""
        rustup = need(host, "rustup", "install rustup")
        name = _name(host)
        version = await bring(host, rustup, _wanted(host, name))
        host.log(version)
        if boolean(host.inputs, "default") or boolean(host.inputs, "override"):
            host.set_environment("RUSTUP_TOOLCHAIN", name)
        host.set_output("rustc_hash", facts(version).get("commit-hash", ""))
        for program in ("rustc", "cargo"):
            host.set_output(program, await _version(host, (program, f"+{name}", "--version")))
        host.set_output("rustup", await _version(host, (rustup, "--version")))


class Cargo(BuiltinAction):
    """``actions-rs/cargo``."""

    manifest = read_manifest(_CARGO, "actions-rs/cargo")

    async def main(self, host: ActionHost) -> None:
        """Run it. Raises ``ToolchainMissingError`` without the program."""
        cross = boolean(host.inputs, "use-cross")
        program = need(host, "cross", "cargo install cross") if cross else need(host, "cargo", "install rustup")
        toolchain = host.inputs["toolchain"].strip()
        chosen = [f"+{toolchain}"] if toolchain else []
        code = await host.run((program, *chosen, host.inputs["command"], *_arguments(host.inputs["args"])))
        if code != 0:
            raise ActionFailedError(f"The process '{program}' failed with exit code {code}")


def _wanted(host: ActionHost, name: str) -> Wanted:
    return Wanted(
        name=name,
        targets=names(host.inputs["target"]),
        components=names(host.inputs["components"]),
        profile=host.inputs["profile"] or "default",
    )


def _name(host: ActionHost) -> str:
    """The input, else what the repository's toolchain file names."""
    if given := host.inputs["toolchain"].strip():
        return given
    workspace = host.workspace.paths.workspace
    found = next((name for name in _FILES if (workspace / name).is_file()), None)
    if found is None:
        raise ActionFailedError("toolchain input was not given and repository does not have a rust-toolchain file")
    return _channel(text_of(host, found), Path(found))


def _channel(text: str, file: Path) -> str:
    """A bare name, or TOML with ``toolchain.channel``."""
    if "[" not in text:
        return text.strip()
    try:
        channel = tomllib.loads(text)["toolchain"]["channel"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ActionFailedError(f"{file} names no toolchain.channel: {error}") from error
    return str(channel)


def _arguments(given: str) -> list[str]:
    try:
        return shlex.split(given)
    except ValueError as error:
        raise ActionFailedError(f"Input 'args' can't be read as words of a shell: {error}") from error


async def _version(host: ActionHost, command: tuple[str, ...]) -> str:
    _, said = await host.capture(command)
    found = _VERSION.search(said)
    return found[0] if found else ""
