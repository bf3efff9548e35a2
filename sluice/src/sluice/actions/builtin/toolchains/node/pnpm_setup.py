"""``pnpm/action-setup``: pnpm from the npm registry, in a folder of the job's own."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec import DecodeError, Struct, ValidationError, convert

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError

_MANIFEST = """
name: Setup pnpm
inputs:
  version: {}
  dest: {default: ~/setup-pnpm}
  run_install: {default: "null"}
  cache: {default: "false"}
  cache_dependency_path: {default: pnpm-lock.yaml}
  package_json_file: {default: package.json}
  standalone: {default: "false"}
outputs:
  dest: {description: where pnpm is}
  bin_dest: {description: where its programs are}
runs: {using: node20, main: built-in, post: built-in}
"""


class Install(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``pnpm install``: in all packages of the workspace or in one folder, with further arguments."""

    recursive: bool = False
    cwd: str = ""
    args: list[str] = []


class PnpmSetup(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "pnpm/action-setup")
    left_out: Mapping[str, str] = MappingProxyType({})

    async def main(self, host: ActionHost) -> None:
        """Install pnpm, put it on PATH, restore its store, install what the project needs."""
        installs = list(_installs(host.inputs["run_install"]))
        version = _version(host)
        folder = _folder(host)
        await _bring(host, version, folder)
        programs = folder / "node_modules/.bin"
        host.add_path(programs)
        host.set_environment("PNPM_HOME", str(programs))
        host.set_output("dest", str(folder))
        host.set_output("bin_dest", str(programs))
        environment = {"PATH": f"{programs}:{host.environment['PATH']}", "PNPM_HOME": str(programs)}
        if boolean(host.inputs, "cache"):
            await _restore(host, environment)
        for install in installs:
            await _install(host, install, environment)

    async def post(self, host: ActionHost) -> None:
        """Keep the store."""
        await package_cache.save(host)


def _version(host: ActionHost) -> str:
    """What is asked for, or what the project's ``packageManager`` says; both must agree."""
    given, declared = host.inputs["version"].strip(), _declared(host)
    if given and declared and given != declared:
        raise ActionFailedError(
            "Multiple versions of pnpm specified:\n"
            f'  - version {given} in the GitHub Action config with the key "version"\n'
            f'  - version pnpm@{declared} in the package.json with the key "packageManager"\n'
            "Remove one of these versions to avoid version mismatch errors like ERR_PNPM_BAD_PM_VERSION"
        )
    if not given and not declared:
        raise ActionFailedError(
            "No pnpm version is specified. Please specify it by one of the following ways:\n"
            '  - in the GitHub Action config with the key "version"\n'
            '  - in the package.json with the key "packageManager"'
        )
    return given or declared


def _declared(host: ActionHost) -> str:
    """The version in ``packageManager: pnpm@9.1.0+sha512...``, without the digest."""
    file = host.workspace.paths.workspace / host.inputs["package_json_file"]
    try:
        named = json.loads(file.read_text(encoding="utf-8")).get("packageManager")
    except OSError:
        return ""
    except (ValueError, AttributeError) as error:
        raise ActionFailedError(f"{file} is no package.json: {error}") from error
    found = re.fullmatch(r"pnpm@([^+]+)(?:\+.*)?", str(named or ""))
    return found[1] if found else ""


def _folder(host: ActionHost) -> Path:
    text = host.inputs["dest"]
    if text == "~" or text.startswith("~/"):
        return host.workspace.paths.home / text[2:]
    return host.workspace.paths.workspace / text


async def _bring(host: ActionHost, version: str, folder: Path) -> None:
    package = "@pnpm/exe" if boolean(host.inputs, "standalone") else "pnpm"
    npm = need(host, "npm", "set Node.js up before (actions/setup-node), or install npm")
    _make_project(folder)
    command = (npm, "install", "--no-audit", "--no-fund", "--loglevel=error", f"{package}@{version}")
    if await host.run(command, directory=folder) != 0:
        raise ToolchainMissingError(f"{package}@{version} can't be had from the npm registry: its reason is in the log")


def _make_project(folder: Path) -> None:
    """One of its own, so that npm looks for none above."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")


def _installs(given: str) -> Iterator[Install]:
    """What ``run_install`` asks for: nothing, everything, or the installs that it lists in YAML."""
    if given.strip().lower() in {"", "null", "false"}:
        return
    if given.strip().lower() == "true":
        yield Install(recursive=True)
        return
    from yaml import YAMLError, safe_load  # noqa: PLC0415 (for those that list installs)

    try:
        asked = safe_load(given)
        yield from convert(asked if isinstance(asked, list) else [asked], list[Install])
    except (YAMLError, ValidationError, DecodeError) as error:
        raise ActionFailedError(f"Input 'run_install' can't be read: {error}") from error


async def _restore(host: ActionHost, environment: Mapping[str, str]) -> None:
    code, said = await host.capture(("pnpm", "store", "path", "--silent"), environment=environment)
    if code != 0:
        raise ActionFailedError(f"pnpm store path failed: {said.strip()}")
    wanted = package_cache.PackageCache(
        tool="pnpm",
        prefix=f"pnpm-cache-{host.environment['RUNNER_OS']}-{host.environment['RUNNER_ARCH']}",
        files=lines(host.inputs, "cache_dependency_path"),
        folders=[Path(said.strip().splitlines()[-1])],
    )
    await package_cache.restore(host, wanted)


async def _install(host: ActionHost, install: Install, environment: Mapping[str, str]) -> None:
    words = ("pnpm", *(("recursive",) if install.recursive else ()), "install", *install.args)
    directory = host.workspace.paths.workspace / install.cwd
    host.log(f"##[group]Running {shlex.join(words)}...")
    code = await host.run(words, environment=environment, directory=directory)
    host.log("##[endgroup]")
    if code != 0:
        raise ActionFailedError(f"Command {shlex.join(words)} (cwd: {directory}) exits with status {code}")
