"""``actions/setup-go``: a Go of this machine, or one that the module proxy brings, as the job's own.

The program is shared; modules, build cache and installed programs are below the job's home.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.majors import is_before
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.toolchains.go.go_version_file import version_from_file
from sluice.actions.go import fetch_go, find_gos, newest_go
from sluice.actions.interpreters import Interpreter
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.actions.versions import allows, read_version, show_version
from sluice.machine.threads import in_daemon_thread
from sluice.source.errors import UnavailableError

_MANIFEST = """
name: Setup Go environment
inputs:
  go-version: {}
  go-version-file: {}
  check-latest: {default: "false"}
  token: {default: "${{ github.server_url == 'https://github.com' && github.token || '' }}"}
  cache: {default: "true"}
  cache-dependency-path: {}
  architecture: {}
  go-download-base-url: {}
outputs:
  go-version: {description: what was set up}
  cache-hit: {description: whether the cache was found}
runs: {using: node20, main: built-in, post: built-in, post-if: success()}
"""
_PLAIN = re.compile(r"[\d.xX*\s<>=~^|v-]+")
"""A range of releases; ``1.25rc1`` and ``1.25.0-rc.1`` are none."""
_KEEPS_TO_ITS_GO = 6
"""The first major that sets GOTOOLCHAIN: before, Go brings the release that go.mod asks for."""
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_MATCHER = {
    "problemMatcher": [
        {
            "owner": "go",
            "pattern": [
                {
                    "regexp": r"((?:\.{0,2}\/|\.{0,2}\\)(?:.+\.go)):(?:(\d+):(\d+):)? (.*)",
                    "file": 1,
                    "line": 2,
                    "column": 3,
                    "message": 4,
                }
            ],
        }
    ]
}


class SetupGo(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "actions/setup-go")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "token": "nothing is fetched from GitHub",
            "go-download-base-url": "Go comes from this machine or through the module proxy (GOPROXY)",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Find, put on PATH, restore the caches, register the problem matcher."""
        tell_what_is_left_out(host, self)
        _check_architecture(host)
        wanted = _wanted(host)
        if host.container is not None:
            await _check_contained(host, wanted)
        else:
            await _set_up(host, await in_daemon_thread(_go, host, wanted))
        host.add_matcher(_MATCHER)

    async def post(self, host: ActionHost) -> None:
        """Save the caches."""
        await package_cache.save(host)


def _wanted(host: ActionHost) -> str:
    version, name = host.inputs["go-version"].strip(), host.inputs["go-version-file"]
    if version and name:
        host.warning("Both go-version and go-version-file inputs are specified, only go-version will be used")
    if not version and name:
        version = version_from_file(host.workspace.paths.workspace / name)
    if not version:
        host.warning("go-version input was not specified. The action will try to use pre-installed version.")
    host.log(f"Setup go version spec {version}")
    return version


def _architecture() -> str:
    return _ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())


def _check_architecture(host: ActionHost) -> None:
    wanted = host.inputs["architecture"].lower()
    if wanted and wanted not in {_architecture(), platform.machine().lower()}:
        raise ToolchainMissingError(f"Go for {wanted} can't run on this machine, which is {_architecture()}")


def _go(host: ActionHost, wanted: str) -> Interpreter:
    """The newest that fits; one that isn't here is brought."""
    tools = host.workspace.paths.tools
    known = find_gos(tools)
    try:
        allowed = _range(wanted, tools) if wanted else "x"
        found = next((go for go in known if allows(allowed, go.version)), None)
        if found is None or boolean(host.inputs, "check-latest"):
            found = _newer(host, fetch_go(tools, allowed, known), found)
    except UnavailableError as error:
        there = ", ".join(f"{go.text} ({go.place}: {go.program})" for go in known) or "none"
        raise ToolchainMissingError(
            f"Unable to find Go version '{wanted}' for platform linux and architecture {_architecture()}. "
            f"On this machine: {there}. {error.message}"
        ) from error
    return found


def _newer(host: ActionHost, brought: Interpreter, found: Interpreter | None) -> Interpreter:
    if found is not None and found.version >= brought.version:
        return found
    host.log(f"Go {brought.text} came through the module proxy")
    return brought


def _range(wanted: str, tools: Path) -> str:
    """``stable`` is the newest minor, ``oldstable`` the one before it. Raises ``UnavailableError``."""
    if wanted in {"stable", "oldstable"}:
        major, minor = newest_go(tools)[:2]
        return f"{major}.{minor - (wanted == 'oldstable')}"
    if _PLAIN.fullmatch(wanted) is None:
        raise UnavailableError("Only releases are found here: no release candidates, no other builds")
    return wanted


async def _set_up(host: ActionHost, go: Interpreter) -> None:
    host.add_path(go.program.parent)
    environment = {**host.environment, "PATH": f"{go.program.parent}:{host.environment['PATH']}"}
    if not is_before(host.ref, _KEEPS_TO_ITS_GO):
        host.set_environment("GOTOOLCHAIN", "local")
        environment["GOTOOLCHAIN"] = "local"
    host.log(f"Successfully set up Go version {go.text} ({go.place}: {go.program})")
    host.set_output("go-version", go.text)
    path, modules, build = await _folders(host, environment)
    (path / "bin").mkdir(parents=True, exist_ok=True)
    host.add_path(path / "bin")
    if boolean(host.inputs, "cache"):
        await _restore(host, go, [modules, build])


async def _folders(host: ActionHost, environment: Mapping[str, str]) -> list[Path]:
    """GOPATH, GOMODCACHE and GOCACHE of the job."""
    code, output = await host.capture(("go", "env", "GOPATH", "GOMODCACHE", "GOCACHE"), environment=environment)
    folders = [Path(line) for line in output.split("\n") if line.startswith("/")]
    if code != 0 or len(folders) != 3:
        raise ActionFailedError(f"go env failed: {output.strip()}")
    return folders


async def _restore(host: ActionHost, go: Interpreter, folders: list[Path]) -> None:
    """A cache that can't be had is a warning."""
    workspace = host.workspace.paths.workspace
    given = lines(host.inputs, "cache-dependency-path")
    try:
        if not given and not (workspace / "go.mod").is_file():
            raise ActionFailedError(  # noqa: TRY301 - told below, as one that is named and missing
                f"Dependencies file is not found in {workspace}. Supported file pattern: go.mod"
            )
        prefix = f"setup-go-{host.environment['RUNNER_OS']}-{_architecture()}-go-{go.text}"
        wanted = package_cache.PackageCache(tool="go", prefix=prefix, files=given or ["go.mod"], folders=folders)
        host.set_output("cache-hit", str(await package_cache.restore(host, wanted)).lower())
    except ActionFailedError as error:
        host.warning(f"Restore cache failed: {error}")


async def _check_contained(host: ActionHost, wanted: str) -> None:
    """In a job with a container it is the image's own."""
    code, output = await host.capture_inside(("sh", "-c", "go version"))
    found = re.search(r"go(\d+(?:\.\d+)*) ", output) if code == 0 else None
    version = read_version(found[1]) if found else None
    if version is None or (wanted and not allows(wanted, version)):
        there = show_version(version) if version else "none"
        raise ToolchainMissingError(f"The job's container has no Go {wanted}; it has {there}: use an image that has it")
    host.set_output("go-version", show_version(version))
