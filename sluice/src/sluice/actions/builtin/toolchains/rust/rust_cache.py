"""``Swatinem/rust-cache``: the target folders of cargo workspaces, by compiler, environment, manifests and locks.

The registry is cargo's own of this machine, which every job has already; a ``CARGO_HOME`` in the job's home is kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.rust.toolchains import facts
from sluice.actions.protocol import ActionHost, BuiltinAction, ToolchainMissingError

_MANIFEST = """
name: Rust Cache
inputs:
  prefix-key: {default: v0-rust}
  shared-key: {}
  key: {}
  add-job-id-key: {default: "true"}
  add-rust-environment-hash-key: {default: "true"}
  env-vars: {}
  workspaces: {}
  cache-directories: {}
  cache-targets: {default: "true"}
  cache-on-failure: {}
  cache-all-crates: {default: "false"}
  cache-workspace-crates: {default: "false"}
  save-if: {default: "true"}
  cache-provider: {default: github}
  cache-bin: {default: "true"}
  lookup-only: {default: "false"}
  cmd-format: {default: "{0}"}
outputs:
  cache-hit: {description: whether the very key was found}
runs:
  using: node20
  main: built-in
  post: built-in
  post-if: success() || env.CACHE_ON_FAILURE == 'true'
"""
_PREFIXES = ("CARGO", "CC", "CFLAGS", "CXX", "CMAKE", "RUST")
_OF_THE_MACHINE = frozenset({"CARGO_HOME", "CARGO_INSTALL_ROOT", "RUSTUP_HOME"})
"""Folders, which say nothing of what is built."""
_MANIFESTS = ("Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain", "rust-toolchain.toml")


class RustCache(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "Swatinem/rust-cache")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "cache-all-crates": "target folders are kept whole",
            "cache-workspace-crates": "target folders are kept whole",
            "cache-provider": "entries are kept on this machine",
            "cache-bin": "installed programs are this machine's own",
            "cmd-format": "the job's rustc is asked as it is",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Restore the newest entry of this compiler and environment; ``cache-hit`` is for the very key only."""
        tell_what_is_left_out(host, self)
        host.set_environment("CACHE_ON_FAILURE", host.inputs["cache-on-failure"])
        host.set_environment("CARGO_INCREMENTAL", "0")
        wanted = await _wanted(host)
        if boolean(host.inputs, "lookup-only"):
            hit = package_cache.look_up(host, wanted)
        else:
            hit = await package_cache.restore(host, wanted)
        host.set_output("cache-hit", str(hit).lower())

    async def post(self, host: ActionHost) -> None:
        """Keep the folders, unless the very key was found or ``save-if`` says no."""
        if boolean(host.inputs, "save-if"):
            await package_cache.save(host)


async def _wanted(host: ActionHost) -> package_cache.PackageCache:
    spaces = list(_workspaces(host))
    return package_cache.PackageCache(
        tool="rust",
        prefix=f"{_prefix(host)}-{await _environment_hash(host)}",
        files=[str(root / "**" / name) for root, _ in spaces for name in _MANIFESTS],
        folders=list(_folders(host, spaces)),
        beside=True,
        without="none",
    )


def _prefix(host: ActionHost) -> str:
    """``shared-key`` stands for the job and ``key``, which otherwise keep jobs apart."""
    given = host.inputs
    parts = [given["prefix-key"] or "v0-rust"]
    if given["shared-key"]:
        parts.append(given["shared-key"])
    else:
        job = host.environment.get("GITHUB_JOB", "") if boolean(given, "add-job-id-key") else ""
        parts += [part for part in (given["key"], job) if part]
    return "-".join([*parts, host.environment["RUNNER_OS"]])


async def _environment_hash(host: ActionHost) -> str:
    code, said = await host.capture_inside(("rustc", "-vV"))
    if code != 0:
        raise ToolchainMissingError("There is no rustc for the key of the cache: install rustup, or set it up before")
    found = facts(said)
    digest = hashlib.sha256("".join(found.get(name, "") for name in ("release", "host", "commit-hash")).encode())
    if boolean(host.inputs, "add-rust-environment-hash-key"):
        prefixes = (*_PREFIXES, *host.inputs["env-vars"].split())
        for name, value in sorted(host.environment.items()):
            if value and name.startswith(prefixes) and name not in _OF_THE_MACHINE:
                digest.update(f"{name}={value}".encode())
    return digest.hexdigest()[:8]


def _workspaces(host: ActionHost) -> Iterator[tuple[Path, Path]]:
    """Each workspace and its target folder, relative to the repository: ``root -> target``, by lines."""
    for line in lines(host.inputs, "workspaces") or ["."]:
        root, _, target = (part.strip() for part in line.partition("->"))
        yield Path(root), Path(root) / (target or "target")


def _folders(host: ActionHost, spaces: list[tuple[Path, Path]]) -> Iterator[Path]:
    if boolean(host.inputs, "cache-targets"):
        yield from (target for _, target in spaces)
    home = host.workspace.paths.home
    cargo = Path(host.environment.get("CARGO_HOME") or home / ".cargo")
    if cargo.is_relative_to(home):
        yield from (cargo / "registry", cargo / "git")
    yield from (Path(word) for word in re.split(r"\s+", host.inputs["cache-directories"].strip()) if word)
