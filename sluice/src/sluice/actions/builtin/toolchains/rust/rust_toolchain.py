"""``dtolnay/rust-toolchain``: a toolchain of the machine's rustup, named behind ``@`` or by ``toolchain``."""

from __future__ import annotations

import re

from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.rust.toolchains import Wanted, bring, facts, names
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: rustup toolchain install
inputs:
  toolchain: {}
  targets: {}
  target: {}
  components: {}
outputs:
  cachekey: {description: "the compiler's date and commit, short"}
  name: {description: "rustup's name of the toolchain"}
runs: {using: node20, main: built-in}
"""


class RustToolchain(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "dtolnay/rust-toolchain")

    async def main(self, host: ActionHost) -> None:
        """Install what is missing, make it the job's own. Raises ``ToolchainMissingError``."""
        program = need(host, "rustup", "install rustup")
        name = _name(host)
        given = host.inputs
        targets, components = names(given["targets"] or given["target"]), names(given["components"])
        version = await bring(host, program, Wanted(name=name, targets=targets, components=components))
        host.log(version)
        for variable, value in (("RUSTUP_TOOLCHAIN", name), ("CARGO_INCREMENTAL", "0"), ("CARGO_TERM_COLOR", "always")):
            if variable == "RUSTUP_TOOLCHAIN" or variable not in host.environment:
                host.set_environment(variable, value)
        host.set_output("name", name)
        host.set_output("cachekey", _key(version))


def _name(host: ActionHost) -> str:
    """``@stable``, ``@nightly`` and ``@1.75.0`` are branches that name a toolchain; ``@master`` and commits are not."""
    named = re.fullmatch(r"stable|beta|nightly(-.+)?|v?\d+\.\d+(\.\d+)?", host.ref)
    name = host.inputs["toolchain"].strip() or (named[0].removeprefix("v") if named else "")
    if not name:
        raise ActionFailedError("'toolchain' is a required input")
    return name


def _key(version: str) -> str:
    found = facts(version)
    return (re.sub(r"\D", "", found.get("commit-date", "")) + found.get("commit-hash", ""))[:12]
