"""``cache`` of setup-python: where pip, pipenv and poetry keep what they fetch, and by which key it is found again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path

from sluice.actions.builtin.inputs import lines
from sluice.actions.builtin.package_cache import PackageCache
from sluice.actions.globbing import find_files
from sluice.actions.protocol import ActionFailedError, ActionHost

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_FILES = {
    "pip": ("**/requirements.txt", "**/pyproject.toml"),
    "pipenv": ("**/Pipfile.lock",),
    "poetry": ("**/poetry.lock",),
}
"""What is hashed without ``cache-dependency-path``: the first pattern that finds a file."""


async def python_cache(host: ActionHost, version: str, environment: Mapping[str, str]) -> PackageCache:
    """The cache that the inputs ask for. Raises ``ActionFailedError`` when it can't be kept."""
    tool = host.inputs["cache"]
    if tool not in _FILES:
        raise ActionFailedError(f"Caching for '{tool}' is not supported")
    files = _dependency_files(host, tool)
    return PackageCache(
        tool=tool,
        prefix=_prefix(host, tool, version),
        files=files,
        folders=await _folders(host, tool, files, environment),
        beside=tool == "pip",
    )


def _dependency_files(host: ActionHost, tool: str) -> list[str]:
    paths = host.workspace.paths
    given = lines(host.inputs, "cache-dependency-path")
    for patterns in [given] if given else [[pattern] for pattern in _FILES[tool]]:
        if find_files(patterns, paths.workspace, home=paths.home):
            return patterns
    wanted = ",".join(given) if given else " or ".join(_FILES[tool])
    raise ActionFailedError(
        f"No file in {paths.workspace} matched to [{wanted}], make sure you have checked out the target repository"
    )


def _prefix(host: ActionHost, tool: str, version: str) -> str:
    machine = _ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())
    parts = ["setup-python", host.environment["RUNNER_OS"], machine]
    if tool == "pip":
        parts.append(_release())
    parts += ["python", version, tool]
    return "-".join([*parts, "v2"] if tool == "poetry" else parts)


def _release() -> str:
    """Version and name of the system: wheels built on one need not run on another."""
    try:
        facts = platform.freedesktop_os_release()
    except OSError:
        return platform.release()
    return f"{facts.get('VERSION_ID', '')}-{facts.get('NAME', '').partition(' ')[0]}"


async def _folders(host: ActionHost, tool: str, files: list[str], environment: Mapping[str, str]) -> list[Path]:
    match tool:
        case "pip":
            return [Path(await _ask(host, ("pip", "cache", "dir"), environment, host.workspace.paths.workspace))]
        case "pipenv":
            return [host.workspace.paths.home / ".local/share/virtualenvs"]
        case _:
            return await _poetry_folders(host, files, environment)


async def _poetry_folders(host: ActionHost, files: list[str], environment: Mapping[str, str]) -> list[Path]:
    """Where poetry puts each project's environment: one place for all, and one in the project when so configured."""
    paths, folders = host.workspace.paths, dict[Path, None]()
    for lock in find_files(files, paths.workspace, home=paths.home):
        output = await _ask(host, ("poetry", "config", "--list"), environment, lock.parent)
        settings = dict(_setting(line) for line in output.splitlines() if "=" in line)
        place = str(settings.get("virtualenvs.path", "")).replace("{cache-dir}", str(settings.get("cache-dir", "")))
        folders[Path(place)] = None
        if settings.get("virtualenvs.in-project"):
            folders[lock.parent / ".venv"] = None
    return list(folders)


def _setting(line: str) -> tuple[str, object]:
    name, _, value = line.partition("#")[0].partition("=")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value.strip()


async def _ask(host: ActionHost, command: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> str:
    if host.workspace.find_program(command[0], environment["PATH"]) is None:
        raise ActionFailedError(f"Unable to locate executable file: {command[0]}")
    code, output = await host.capture(command, environment=environment, directory=folder)
    if code != 0:
        raise ActionFailedError(f"Could not get cache folder path for {command[0]} package manager: {output.strip()}")
    return output.strip()
