"""``astral-sh/setup-uv``: a uv of this machine or of the package index, as the job's own.

uv is shared; its cache, its tools and what it installs are below the job's home. The interpreter that the workflow asks
for is one of this machine where it has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.python.setup_python import MATCHER
from sluice.actions.builtin.toolchains.uv.uv_cache import cache_folder, expanded, restore, save
from sluice.actions.builtin.toolchains.uv.uv_version import fitting, version_from_file
from sluice.actions.interpreters import Interpreter, choose, find_interpreters
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.actions.uv import fetch_uv, find_uvs
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import UnavailableError

_MANIFEST = """
name: astral-sh/setup-uv
inputs:
  version: {default: ""}
  version-file: {default: ""}
  python-version: {}
  python-arch: {}
  activate-environment: {default: "false"}
  no-project: {default: "false"}
  venv-path: {default: ""}
  working-directory: {default: "${{ github.workspace }}"}
  checksum: {}
  github-token: {default: "${{ github.token }}"}
  enable-cache: {default: auto}
  cache-dependency-glob:
    default: |
      **/*requirements*.txt
      **/*requirements*.in
      **/*constraints*.txt
      **/*constraints*.in
      **/pyproject.toml
      **/uv.lock
      **/*.py.lock
  restore-cache: {default: "true"}
  save-cache: {default: "true"}
  cache-suffix: {}
  cache-local-path: {default: ""}
  prune-cache: {default: "true"}
  cache-python: {default: "false"}
  ignore-nothing-to-cache: {default: "false"}
  ignore-empty-workdir: {default: "false"}
  tool-dir: {}
  tool-bin-dir: {}
  manifest-file: {}
  download-from-astral-mirror: {default: "true"}
  add-problem-matchers: {default: "true"}
  quiet: {default: "false"}
  resolution-strategy: {default: highest}
outputs:
  uv-version: {description: what was set up}
  uv-path: {description: the program}
  uvx-path: {description: the program that runs tools}
  cache-hit: {description: whether the cache was found}
  cache-key: {description: its key}
  venv: {description: the activated environment}
  python-version: {description: the Python that uv takes}
  python-cache-hit: {description: always false}
runs: {using: node20, main: built-in, post: built-in, post-if: success()}
"""
_FROM_THE_INDEX = "uv comes from this machine or from the package index, by pip"
_HERE = "interpreters are those of this machine"


class SetupUv(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "astral-sh/setup-uv")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "checksum": _FROM_THE_INDEX,
            "github-token": _FROM_THE_INDEX,
            "manifest-file": _FROM_THE_INDEX,
            "download-from-astral-mirror": _FROM_THE_INDEX,
            "python-arch": _HERE,
            "cache-python": _HERE,
            "quiet": "the few lines are always shown",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Find, put on PATH, tell uv of its places, make the environment, restore the cache."""
        tell_what_is_left_out(host, self)
        folder = _working_directory(host)
        if host.container is not None:
            await _check_contained(host, _wanted(host, folder))
            return
        uv = await in_daemon_thread(_uv, host, _wanted(host, folder))
        environment = _set_up(host, uv)
        if boolean(host.inputs, "activate-environment"):
            await _activate(host, environment, folder)
        if boolean(host.inputs, "add-problem-matchers"):
            host.add_matcher(MATCHER)
        python = await _python(host, environment, folder)
        host.set_output("python-version", python)
        host.set_output("python-cache-hit", "false")
        await restore(host, python)

    async def post(self, host: ActionHost) -> None:
        """Prune the cache and save it."""
        await save(host)


def _working_directory(host: ActionHost) -> Path:
    folder = host.workspace.paths.workspace / host.inputs["working-directory"]
    if not folder.is_dir():
        raise ActionFailedError(f"working-directory '{host.inputs['working-directory']}' is no folder")
    if not any(folder.iterdir()) and not boolean(host.inputs, "ignore-empty-workdir"):
        host.warning(
            "Empty workdir detected. This may cause unexpected behavior. "
            "You can enable ignore-empty-workdir to mute this warning."
        )
    return folder


def _wanted(host: ActionHost, folder: Path) -> str:
    """The version that the inputs or the project name; ``latest`` otherwise."""
    if host.inputs["version"]:
        return host.inputs["version"]
    if host.inputs["version-file"]:
        found = version_from_file(folder / host.inputs["version-file"])
        if found is None:
            raise ActionFailedError(f"Could not determine uv version from file: {host.inputs['version-file']}")
        return found
    named = version_from_file(folder / "uv.toml") or version_from_file(folder / "pyproject.toml")
    if named is None:
        host.log("Could not determine uv version from uv.toml or pyproject.toml. Falling back to latest.")
    return named or "latest"


def _uv(host: ActionHost, wanted: str) -> Interpreter:
    """One of this machine that fits, else one of the package index."""
    strategy = host.inputs["resolution-strategy"] or "highest"
    if strategy not in {"highest", "lowest"}:
        raise ActionFailedError(f"Invalid resolution-strategy: {strategy}. Must be 'highest' or 'lowest'.")
    tools, fits, lowest = host.workspace.paths.tools, fitting(wanted), strategy == "lowest"
    known = find_uvs(tools)
    found = next((uv for uv in known if fits(uv.version)), None)
    if found is not None and not lowest:
        return found
    try:
        return fetch_uv(tools, fits, lowest=lowest)
    except UnavailableError as error:
        there = ", ".join(f"{uv.text} ({uv.place}: {uv.program})" for uv in known) or "none"
        raise ToolchainMissingError(
            f"uv {wanted} is not on this machine, which has {there}, and can't be had: {'; '.join(error.tried)}"
        ) from error


def _set_up(host: ActionHost, uv: Interpreter) -> dict[str, str]:
    """Programs and places; the environment in which uv runs from here on."""
    programs = _own_folder(host, uv)
    paths = [host.workspace.paths.home / ".local/bin", programs]
    variables = {}
    for name, variable in (("tool-dir", "UV_TOOL_DIR"), ("tool-bin-dir", "UV_TOOL_BIN_DIR")):
        if host.inputs[name]:
            variables[variable] = str(expanded(host, host.inputs[name]))
    if host.inputs["tool-bin-dir"]:
        paths.append(Path(variables["UV_TOOL_BIN_DIR"]))
    if host.inputs["python-version"]:
        variables["UV_PYTHON"] = host.inputs["python-version"]
    variables["UV_CACHE_DIR"] = str(cache_folder(host))
    for path in paths:
        host.add_path(path)
    for name, value in variables.items():
        host.set_environment(name, value)
    host.save_state("uv", str(programs / "uv"))
    for output, told in (("uv-version", uv.text), ("uv-path", programs / "uv"), ("uvx-path", programs / "uvx")):
        host.set_output(output, str(told))
    host.log(f"Successfully installed uv version {uv.text} ({uv.place}: {uv.program})")
    search = ":".join([*map(str, reversed(paths)), host.environment["PATH"]])
    return {**host.environment, **variables, "PATH": search}


def _own_folder(host: ActionHost, uv: Interpreter) -> Path:
    """Uv and uvx alone, and the interpreter that was asked for, by its versioned name."""
    folder = host.workspace.paths.root / "uv" / uv.text
    folder.mkdir(parents=True, exist_ok=True)
    targets = {"uv": uv.program, **_interpreter(host.inputs["python-version"])}
    beside = uv.program.resolve().parent / "uvx"
    if beside.is_file():
        targets["uvx"] = beside
    for name in ("uv", "uvx", *targets):
        (folder / name).unlink(missing_ok=True)
    for name, target in targets.items():
        (folder / name).symlink_to(target)
    if "uvx" not in targets:
        (folder / "uvx").write_text(f"#!/bin/sh\nexec '{folder / 'uv'}' tool run \"$@\"\n", encoding="utf-8")
        (folder / "uvx").chmod(0o755)
    return folder


def _interpreter(wanted: str) -> dict[str, Path]:
    """That of this machine, wherever it is, so that uv need not fetch one."""
    if re.fullmatch(r"[\d.xX*\s<>=~^-]+", wanted) is None:
        return {}
    found = choose(wanted, find_interpreters())
    return {} if found is None else {"python{}.{}".format(*found.version): found.program}


async def _activate(host: ActionHost, environment: Mapping[str, str], folder: Path) -> None:
    venv = expanded(host, host.inputs["venv-path"]) if host.inputs["venv-path"] else folder / ".venv"
    options = ("--no-project",) if boolean(host.inputs, "no-project") else ()
    host.log(f"Activating python venv at {venv}...")
    if await host.run(("uv", "venv", *options, str(venv)), environment=environment, directory=folder) != 0:
        raise ActionFailedError(f"uv venv {venv} failed")
    host.add_path(venv / "bin")
    host.set_environment("VIRTUAL_ENV", str(venv))
    host.set_output("venv", str(venv))


async def _python(host: ActionHost, environment: Mapping[str, str], folder: Path) -> str:
    """The version that is asked for, or of the interpreter that uv takes here."""
    if host.inputs["python-version"]:
        return host.inputs["python-version"]
    code, output = await host.capture(("uv", "python", "find"), environment=environment, directory=folder)
    program = output.strip().rpartition("\n")[2]
    if code == 0 and program.startswith("/"):
        code, output = await host.capture((program, "--version"), directory=folder)
        return output.strip().partition(" ")[2] or "unknown"
    return "unknown"


async def _check_contained(host: ActionHost, wanted: str) -> None:
    """In a job with a container it is the image's own."""
    code, output = await host.capture_inside(("sh", "-c", "uv --version"))
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", output) if code == 0 else None
    if found is None or not fitting(wanted)((int(found[1]), int(found[2]), int(found[3]))):
        there = output.strip() if found else "none"
        raise ToolchainMissingError(f"The job's container has no uv {wanted}; it has {there}: use an image that has it")
    host.set_output("uv-version", found[0].removeprefix("uv "))
