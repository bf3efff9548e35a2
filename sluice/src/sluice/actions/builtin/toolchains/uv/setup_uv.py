"""``astral-sh/setup-uv``: a uv of this machine or of the package index, as the job's own.

uv is shared; its cache, its tools and what it installs are below the job's home. The interpreter that the workflow asks
for is one of this machine where it has it.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.python.setup_python import MATCHER
from sluice.actions.builtin.toolchains.uv.uv_version import fitting, version_from_file
from sluice.actions.interpreters import Interpreter, choose, find_interpreters
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.actions.uv import fetch_uv, find_uvs
from sluice.expressions.conversion import to_text
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
_NO_CACHE_FOR = frozenset({"pull_request_target", "workflow_run", "release"})


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
        await _restore(host, python)

    async def post(self, host: ActionHost) -> None:
        """Prune the cache and save it."""
        if not host.state.get("cache-key") or host.inputs["save-cache"].lower() not in {"true", "auto"}:
            return
        cache = _cache_folder(host)
        if not cache.is_dir():
            if boolean(host.inputs, "ignore-nothing-to-cache"):
                return
            raise ActionFailedError(
                f"Cache path {cache} does not exist on disk. This likely indicates that there are no dependencies to "
                "cache. Consider disabling the cache input if it is not needed."
            )
        if boolean(host.inputs, "prune-cache") and host.state.get("cache-matched") != host.state["cache-key"]:
            await host.run((host.state["uv"], "cache", "prune", "--ci"))
        await package_cache.save(host)


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
            variables[variable] = str(_expanded(host, host.inputs[name]))
    if host.inputs["tool-bin-dir"]:
        paths.append(Path(variables["UV_TOOL_BIN_DIR"]))
    if host.inputs["python-version"]:
        variables["UV_PYTHON"] = host.inputs["python-version"]
    variables["UV_CACHE_DIR"] = str(_cache_folder(host))
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


def _expanded(host: ActionHost, path: str) -> Path:
    home = host.workspace.paths.home
    return home / path[2:] if path.startswith("~/") else host.workspace.paths.workspace / path


async def _activate(host: ActionHost, environment: Mapping[str, str], folder: Path) -> None:
    venv = _expanded(host, host.inputs["venv-path"]) if host.inputs["venv-path"] else folder / ".venv"
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


def _cache_folder(host: ActionHost) -> Path:
    given = host.inputs["cache-local-path"]
    return _expanded(host, given) if given else host.workspace.paths.home / ".cache/uv"


def _caches(host: ActionHost) -> bool:
    """``auto`` is what GitHub's own machines do: no cache where a foreign change could fill it, nor for a release."""
    if host.inputs["enable-cache"] != "auto":
        return boolean(host.inputs, "enable-cache")
    event, ref = to_text(host.github["event_name"]), to_text(host.github["ref"])
    return event not in _NO_CACHE_FOR and not (event == "push" and ref.startswith("refs/tags/"))


async def _restore(host: ActionHost, python: str) -> None:
    if not _caches(host):
        return
    wanted = package_cache.PackageCache(
        tool="uv",
        prefix=_prefix(host, python),
        files=lines(host.inputs, "cache-dependency-glob"),
        folders=[_cache_folder(host)],
        without="no-dependency-glob",
    )
    key, _ = package_cache.remember(host, wanted)
    host.set_output("cache-key", key)
    if key.endswith(wanted.without) and wanted.files:
        host.warning(f"No file matched to [{','.join(wanted.files)}]. The cache will never get invalidated.")
    if boolean(host.inputs, "restore-cache"):
        host.set_output("cache-hit", str(await package_cache.restore(host, wanted)).lower())


def _prefix(host: ActionHost, python: str) -> str:
    pruned = "-pruned" if boolean(host.inputs, "prune-cache") else ""
    suffix = f"-{quote(host.inputs['cache-suffix'], safe='')}" if host.inputs["cache-suffix"] else ""
    return f"setup-uv-2-{platform.machine().lower()}-{quote(python, safe='')}{pruned}{suffix}"


async def _check_contained(host: ActionHost, wanted: str) -> None:
    """In a job with a container it is the image's own."""
    code, output = await host.capture_inside(("sh", "-c", "uv --version"))
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", output) if code == 0 else None
    if found is None or not fitting(wanted)((int(found[1]), int(found[2]), int(found[3]))):
        there = output.strip() if found else "none"
        raise ToolchainMissingError(f"The job's container has no uv {wanted}; it has {there}: use an image that has it")
    host.set_output("uv-version", found[0].removeprefix("uv "))
