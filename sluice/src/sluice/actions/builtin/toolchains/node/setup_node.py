"""``actions/setup-node``: a Node.js of this machine or of the package registry, as the job's own.

The program is shared; the job gets a folder of its own in front of PATH, into which ``npm install --global`` installs.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path

import anyio.to_thread

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.node.contained_node import set_up_contained_node
from sluice.actions.builtin.toolchains.node.node_matchers import MATCHERS
from sluice.actions.builtin.toolchains.node.node_registry import write_registry
from sluice.actions.builtin.toolchains.node.node_version_file import version_from_file
from sluice.actions.interpreters import Interpreter
from sluice.actions.node import companions, fetch_node, find_nodes
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.actions.versions import allows, node_range
from sluice.source.errors import UnavailableError

_MANIFEST = """
name: Setup Node.js environment
inputs:
  always-auth: {default: "false"}
  node-version: {}
  node-version-file: {}
  architecture: {}
  check-latest: {default: "false"}
  registry-url: {}
  scope: {}
  token: {default: ""}
  cache: {}
  package-manager-cache: {default: "true"}
  cache-dependency-path: {}
  mirror: {}
  mirror-token: {}
outputs:
  cache-hit: {description: whether the cache was found}
  node-version: {description: "what was set up, with a leading v"}
runs: {using: node20, main: built-in, post: built-in, post-if: success()}
"""
_LEFT_OUT: Mapping[str, str] = {
    "mirror": "Node.js comes from this machine or from the package registry",
    "mirror-token": "there is no mirror",
    "token": "nothing is fetched with it",
}
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_LOCK_FILES = {
    "npm": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock"),
    "pnpm": ("pnpm-lock.yaml",),
    "yarn": ("yarn.lock",),
}


class SetupNode(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/setup-node")
    left_out = _LEFT_OUT

    async def main(self, host: ActionHost) -> None:
        """Find, put on PATH, restore the package manager's cache, register the problem matchers."""
        tell_what_is_left_out(host, self)
        if host.container is not None:
            await set_up_contained_node(host, _allowed(_wanted(host)))
            host.add_matcher(MATCHERS)
            return
        node = await _node(host)
        folder = _own_folder(host, node)
        host.add_path(folder / "bin")
        host.set_environment("NPM_CONFIG_PREFIX", str(folder))
        environment = {**host.environment, "PATH": f"{folder / 'bin'}:{host.environment['PATH']}"}
        environment["NPM_CONFIG_PREFIX"] = str(folder)
        host.log(f"Node.js {node.text} ({node.place}: {node.program})")
        await _details(host, environment)
        if host.inputs["registry-url"]:
            write_registry(host)
        await _restore(host, environment)
        host.add_matcher(MATCHERS)

    async def post(self, host: ActionHost) -> None:
        """Save the package manager's cache."""
        await package_cache.save(host)


def _allowed(wanted: str | None) -> str | None:
    """The range that a version of the inputs means."""
    try:
        return None if wanted is None else node_range(wanted)
    except ValueError as error:
        raise ActionFailedError(str(error)) from error


async def _node(host: ActionHost) -> Interpreter:
    wanted = _wanted(host)
    _check_architecture(host)
    tools = host.workspace.paths.tools
    known = await anyio.to_thread.run_sync(find_nodes, tools)
    if wanted is None and known:
        return known[0]
    given = wanted or "lts/*"
    allowed = _allowed(given) or given
    found = next((node for node in known if allows(allowed, node.version)), None)
    if found is not None and not boolean(host.inputs, "check-latest"):
        return found
    try:
        return await fetch_node(tools, allowed)
    except UnavailableError as error:
        if found is not None:
            host.warning(f"The newest Node.js could not be asked for: {'; '.join(error.tried)}")
            return found
        there = ", ".join(f"{node.text} ({node.place})" for node in known) or "none"
        raise ToolchainMissingError(
            f"Unable to find Node version '{given}' for platform linux and architecture {_architecture()}. "
            f"On this machine: {there}. Tried: {'; '.join(error.tried)}"
        ) from error


def _wanted(host: ActionHost) -> str | None:
    version, name = host.inputs["node-version"], host.inputs["node-version-file"]
    if version and name:
        host.warning("Both node-version and node-version-file inputs are specified, only node-version will be used")
    if version or not name:
        return version or None
    found = version_from_file(host.workspace.paths.workspace / name)
    host.log(f"Resolved {name} as {found or ''}")
    return found


def _architecture() -> str:
    return _ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())


def _check_architecture(host: ActionHost) -> None:
    wanted = host.inputs["architecture"].lower()
    if wanted and wanted != _architecture():
        raise ToolchainMissingError(f"Node.js for {wanted} can't run on this machine, which is {_architecture()}")


def _own_folder(host: ActionHost, node: Interpreter) -> Path:
    folder = host.workspace.paths.root / "node" / node.text
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    program = folder / "bin" / "node"
    program.unlink(missing_ok=True)
    program.symlink_to(node.program.resolve())
    for name, script in companions(node).items():
        wrapper = folder / "bin" / name
        wrapper.write_text(f"#!/bin/sh\nexec '{program}' '{script}' \"$@\"\n", encoding="utf-8")
        wrapper.chmod(0o755)
    return folder


async def _details(host: ActionHost, environment: Mapping[str, str]) -> None:
    host.log("##[group]Environment details")
    for tool in ("node", "npm", "yarn"):
        version = ""
        if host.workspace.find_program(tool, environment["PATH"]) is not None:
            code, output = await host.capture((tool, "--version"), environment=environment)
            version = output.strip() if code == 0 else ""
        if tool == "node":
            host.set_output("node-version", version)
        host.log(f"{tool}: {version}")
    host.log("##[endgroup]")


async def _restore(host: ActionHost, environment: Mapping[str, str]) -> None:
    manager = host.inputs["cache"] or _declared_manager(host)
    if not manager:
        return
    if manager not in _LOCK_FILES:
        raise ActionFailedError(f"Caching for '{manager}' is not supported")
    files = lines(host.inputs, "cache-dependency-path") or _lock_file(host, manager)
    folder = await _cache_folder(host, manager, environment)
    prefix = f"node-cache-{host.environment['RUNNER_OS']}-{_architecture()}-{manager}"
    wanted = package_cache.PackageCache(tool=manager, prefix=prefix, files=files, folders=[folder])
    hit = await package_cache.restore(host, wanted)
    host.set_output("cache-hit", str(hit).lower())


def _declared_manager(host: ActionHost) -> str:
    """``npm`` when package.json says so and there is a lock file: setup-node caches then without being asked."""
    path = host.workspace.paths.workspace / "package.json"
    if not boolean(host.inputs, "package-manager-cache") or not path.is_file():
        return ""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return ""
    engines = document.get("devEngines", {}).get("packageManager", {})
    named = [document.get("packageManager", ""), *(one.get("name", "") for one in _listed(engines))]
    locked = any((path.parent / name).is_file() for name in _LOCK_FILES["npm"])
    return "npm" if locked and any(str(name).partition("@")[0] == "npm" for name in named) else ""


def _listed(value: object) -> list[dict[str, object]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _lock_file(host: ActionHost, manager: str) -> list[str]:
    workspace = host.workspace.paths.workspace
    found = next((name for name in _LOCK_FILES[manager] if (workspace / name).is_file()), None)
    if found is None:
        patterns = ",".join(_LOCK_FILES[manager])
        raise ActionFailedError(
            f"Dependencies lock file is not found in {workspace}. Supported file patterns: {patterns}"
        )
    return [found]


async def _cache_folder(host: ActionHost, manager: str, environment: Mapping[str, str]) -> Path:
    commands = {"npm": ("npm", "config", "get", "cache"), "pnpm": ("pnpm", "store", "path", "--silent")}
    command = commands.get(manager) or await _yarn(host, environment)
    if host.workspace.find_program(command[0], environment["PATH"]) is None:
        raise ActionFailedError(f"Unable to locate executable file: {command[0]}")
    code, output = await host.capture(command, environment=environment, directory=_project(host, manager))
    text = next((line.strip() for line in reversed(output.splitlines()) if line.strip().startswith("/")), "")
    if code != 0 or not text:
        raise ActionFailedError(f"Could not get cache folder path for {manager}: {output.strip()}")
    return Path(text)


async def _yarn(host: ActionHost, environment: Mapping[str, str]) -> tuple[str, ...]:
    code, version = await host.capture(("yarn", "--version"), environment=environment, directory=_project(host, "yarn"))
    first = code == 0 and version.strip().startswith("1.")
    return ("yarn", "cache", "dir") if first else ("yarn", "config", "get", "cacheFolder")


def _project(host: ActionHost, manager: str) -> Path:
    """Yarn answers for the project whose lock file was named."""
    workspace = host.workspace.paths.workspace
    given = lines(host.inputs, "cache-dependency-path")
    folder = workspace / Path(given[0]).parent if manager == "yarn" and given else workspace
    return folder if folder.is_dir() else workspace
