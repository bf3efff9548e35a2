"""``golangci/golangci-lint-action``: the golangci-lint of this machine, or one built through the module proxy."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import anyio
from msgspec import Struct

from sluice.actions.builtin import package_cache
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, whole_number
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import text_of
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.expressions.values import Dictionary, to_python

_MANIFEST = """
name: Golangci-lint
inputs:
  version: {}
  version-file: {}
  install-mode: {default: binary}
  install-only: {default: "false"}
  working-directory: {}
  github-token: {default: "${{ github.token }}"}
  verify: {default: "true"}
  only-new-issues: {default: "false"}
  args: {default: ""}
  skip-cache: {default: "false"}
  skip-save-cache: {default: "false"}
  cache-invalidation-interval: {default: "7"}
  problem-matchers: {default: "false"}
  debug: {default: ""}
  experimental: {default: ""}
runs: {using: node20, main: built-in, post: built-in, post-if: success()}
"""
_MATCHER = {
    "problemMatcher": [
        {
            "owner": "golangci-lint",
            "severity": "error",
            "pattern": [
                {
                    "regexp": r"^(?:\x1b\[\d+m)*([^:\s]+\.go)(?:\x1b\[\d+m)*:(\d+)(?::(\d+))?:\s+(.+ \(.+\))$",
                    "file": 1,
                    "line": 2,
                    "column": 3,
                    "message": 4,
                }
            ],
        }
    ]
}
_MODULE = "github.com/golangci/golangci-lint"
_VERSION = re.compile(r"v?\d+\.\d+(\.\d+)?")
_DAY = 24 * 60 * 60


class _Linter(Struct, frozen=True, kw_only=True):
    """A golangci-lint: where it is, and the first number of its version."""

    program: str
    major: int


class GolangciLint(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "golangci/golangci-lint-action")
    left_out: Mapping[str, str] = MappingProxyType(
        {
            "github-token": "what a pull request changes is read from the repository on this machine",
            "verify": "the schema of the configuration would come from the network",
            "debug": "the log has what golangci-lint says, and caches are Sluice's",
            "experimental": "no such option is here",
        }
    )

    async def main(self, host: ActionHost) -> None:
        """Find or build, restore its cache, run. Raises ``ToolchainMissingError`` where it can't be had."""
        tell_what_is_left_out(host, self)
        if not boolean(host.inputs, "skip-cache"):
            await package_cache.restore(host, _cache(host))
        linter = await _find(host)
        host.add_path(Path(linter.program).parent)
        if boolean(host.inputs, "install-only"):
            return
        if boolean(host.inputs, "problem-matchers"):
            host.add_matcher(_MATCHER)
        await _lint(host, linter)

    async def post(self, host: ActionHost) -> None:
        """Keep its cache."""
        if not boolean(host.inputs, "skip-save-cache"):
            await package_cache.save(host)


def _cache(host: ActionHost) -> package_cache.PackageCache:
    """One that is started anew each so many days, as the real action's."""
    folder, days = host.inputs["working-directory"], whole_number(host.inputs, "cache-invalidation-interval", 7)
    period = int(time.time() // (days * _DAY)) if days else time.time_ns()
    return package_cache.PackageCache(
        tool="golangci-lint",
        prefix=f"golangci-lint.cache-{host.environment['RUNNER_OS']}-{folder}-{period}",
        files=[str(Path(folder) / "go.mod")],
        folders=[host.workspace.paths.home / ".cache/golangci-lint"],
        beside=True,
        without="none",
    )


async def _find(host: ActionHost) -> _Linter:
    """The job's own where it is the one that is asked for, else one that is built for all jobs."""
    wanted, mode = _wanted(host), host.inputs["install-mode"].lower()
    if mode not in {"binary", "goinstall", "none"}:
        raise ActionFailedError(f"Input 'install-mode' is binary, goinstall or none, it is '{mode}'")
    code, place = await host.capture_inside(("sh", "-c", "command -v golangci-lint"))
    version = await _version(host, "golangci-lint") if code == 0 else ""
    if version and (mode == "none" or not wanted or f"{version}.".startswith(f"{wanted}.")):
        host.log(f"golangci-lint {version} is {place.strip()}")
        return _Linter(program=place.strip(), major=int(version.partition(".")[0]))
    if mode == "none" or host.container is not None:
        raise ToolchainMissingError(
            f"There is no golangci-lint {wanted} in this job: install it before, or in its image"
        )
    return await _built(host, wanted)


def _wanted(host: ActionHost) -> str:
    """``2.3`` or ``2.3.4``; empty for the newest."""
    version, file = host.inputs["version"].strip(), host.inputs["version-file"].strip()
    if not version and file:
        text = text_of(host, str(Path(host.inputs["working-directory"]) / file))
        found = re.search(r"^(?:golangci-lint\s+)?(v?\d+\.\d+\S*)", text, re.MULTILINE)
        version = found[1] if found else ""
    if version in {"", "latest"}:
        return ""
    if not _VERSION.fullmatch(version):
        raise ActionFailedError(f"invalid version string '{version}', expected format v1.2 or v1.2.3")
    return version.removeprefix("v")


async def _version(host: ActionHost, program: str) -> str:
    _, said = await host.capture_inside((program, "--version"))
    found = re.search(r"version v?(\d+\.\d+\.\d+)", said)
    return found[1] if found else ""


async def _built(host: ActionHost, wanted: str) -> _Linter:
    """Releases of the action before v7 are for golangci-lint 1."""
    go = need(host, "go", "install Go")
    newest = 1 if re.match(r"v[1-6](\.|$)", host.ref) else 2
    major = int(wanted.partition(".")[0]) if wanted else newest
    module = _MODULE if major == 1 else f"{_MODULE}/v{major}"
    place = host.workspace.paths.tools / "golangci-lint" / (wanted or f"latest-{major}")
    program = place / "golangci-lint"
    if not program.is_file():
        what = f"{module}/cmd/golangci-lint@{f'v{wanted}' if wanted else 'latest'}"
        host.log(f"golangci-lint {wanted or major} is not here yet: it is built through the module proxy")
        environment = {**host.environment, "GOBIN": str(place), "GOTOOLCHAIN": "auto", "GOFLAGS": ""}
        if await host.run((go, "install", what), environment=environment) != 0:
            raise ToolchainMissingError(f"golangci-lint {wanted} is not on this machine, and Go could not build it")
    return _Linter(program=str(program), major=major)


async def _lint(host: ActionHost, linter: _Linter) -> None:
    given, folder = host.inputs["args"].strip(), host.inputs["working-directory"].strip()
    directory = host.workspace.paths.workspace / folder
    if not directory.is_dir():
        raise ActionFailedError(f"working-directory ({folder}) was not a path")
    added = await _only_new(host, given, linter.major)
    if folder and not re.search(r"--path-(prefix|mode)\b", given):
        added.append("--path-mode=abs" if linter.major > 1 else f"--path-prefix={folder}")
    # The real one gives `args` to a shell, too, which splits and expands them.
    command = f"exec {shlex.join([linter.program, 'run', *added])} {given}"
    host.log(f"Running [{command.removeprefix('exec ').rstrip()}] in [{directory}] ...")
    code = await host.run(("bash", "-c", command), directory=directory)
    if code != 0:
        raise ActionFailedError("issues found" if code == 1 else f"golangci-lint exit with code {code}")
    host.log("golangci-lint found no issues")


async def _only_new(host: ActionHost, given: str, major: int) -> list[str]:
    """The options for what changed since the event's base; none where everything is looked at."""
    if not boolean(host.inputs, "only-new-issues"):
        return []
    if re.search(r"--new(-from-(rev|patch|merge-base))?\b", given):
        raise ActionFailedError("please, don't specify manually --new* args when requesting only new issues")
    base = _base(host.github)
    if not base:
        return []
    repository, head = str(host.source_repository), str(host.github.get("sha") or "HEAD")
    code, patch = await host.capture(("git", "-C", repository, "diff", f"{base}...{head}"))
    if code != 0:
        host.warning(f"What changed since {base} can't be read, so everything is looked at: {patch.strip()}")
        return []
    file = host.workspace.paths.temp / "golangci-lint.patch"
    await anyio.Path(file).write_text(patch, encoding="utf-8")
    merge_base = ["--new-from-merge-base="] if major > 1 else []
    return [f"--new-from-patch={file}", "--new=false", "--new-from-rev=", *merge_base]


def _base(github: Dictionary) -> str:
    """The commit that a pull request, a merge group or a push is compared with; a new branch has none."""
    event = to_python(github["event"])
    for path in (("pull_request", "base", "sha"), ("merge_group", "base_sha"), ("before",)):
        value = event
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and value.strip("0"):
            return value
    return ""
