"""``taiki-e/install-action`` and ``dtolnay/install``: programs for Rust projects, by name and version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.rust.crate_programs import bring_program
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_TOOLS = """
name: Install development tools
inputs:
  tool: {}
  checksum: {default: "true"}
  fallback: {default: cargo-binstall}
runs: {using: node20, main: built-in}
"""
_CRATE = """
name: cargo install
inputs:
  crate: {}
  bin: {}
runs: {using: node20, main: built-in}
"""
_RELEASE = re.compile(r"v\d+(\.\d+)*|[0-9a-f]{40}|main", re.IGNORECASE)
"""What stands behind ``@`` without naming a tool."""
_CRATES = {
    "nextest": ("cargo-nextest", "cargo-nextest"),
    "taplo": ("taplo-cli", "taplo"),
    "typos": ("typos-cli", "typos"),
    "wasm-bindgen": ("wasm-bindgen-cli", "wasm-bindgen"),
    "wasmtime": ("wasmtime-cli", "wasmtime"),
}
"""Crate and program of the tools that the action calls by another name."""
_NO_CRATES = frozenset(
    (
        *("biome", "cosign", "cyclonedx", "d2", "deepsource", "earthly", "editorconfig-checker", "mise", "osv-scanner"),
        *("protoc", "rclone", "shellcheck", "shfmt", "syft", "trivy", "vacuum"),
    )
)
"""Tools that crates.io does not have."""


class InstallTools(BuiltinAction):
    """``taiki-e/install-action``."""

    manifest = read_manifest(_TOOLS, "taiki-e/install-action")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "checksum": "cargo checks what it fetches",
            "fallback": "what this machine lacks is always built from crates.io",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Bring each tool. Raises ``ToolchainMissingError``."""
        tell_what_is_left_out(host, self)
        for tool in _tools(host):
            name, _, version = tool.partition("@")
            if name in _NO_CRATES:
                need(host, name, f"install {name}")
                continue
            crate, program = _CRATES.get(name, (name, name))
            await bring_program(host, crate, program=program, version="" if version == "latest" else version)

    async def post(self, host: ActionHost) -> None:
        """There is none."""


class InstallCrate:
    """``dtolnay/install``."""

    manifest = read_manifest(_CRATE, "dtolnay/install")
    left_out: Mapping[str, str] = MappingProxyType({})

    async def main(self, host: ActionHost) -> None:
        """Bring the crate. Raises ``ToolchainMissingError``."""
        crate = host.inputs["crate"].strip() or _named_by_ref(host)
        if not crate:
            raise ActionFailedError("Input required and not supplied: crate")
        await bring_program(host, crate, program=host.inputs["bin"].strip())

    async def post(self, host: ActionHost) -> None:
        """There is none."""


def _tools(host: ActionHost) -> list[str]:
    """Those of the input, else the one that the ref names, such as ``@cargo-hack``."""
    given = host.inputs["tool"].replace(",", " ").split() or [one for one in (_named_by_ref(host),) if one]
    if not given:
        raise ActionFailedError("no tool specified: name it by the input 'tool', or behind the @ of the action")
    return given


def _named_by_ref(host: ActionHost) -> str:
    return "" if _RELEASE.fullmatch(host.ref) else host.ref
