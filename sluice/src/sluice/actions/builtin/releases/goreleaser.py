"""``goreleaser/goreleaser-action``: the GoReleaser of this machine, or one built through the module proxy.

A rehearsal builds everything and publishes nothing: what a release would have is made at the run's stand-in.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.releases.releasing import open_publisher
from sluice.actions.builtin.tools import need
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.github.releases import ReleaseRequest, create_release, find_release

_MANIFEST = """
name: GoReleaser Action
inputs:
  distribution: {default: goreleaser}
  version: {default: ~> v2}
  args: {}
  workdir: {default: .}
  install-only: {default: "false"}
outputs:
  artifacts: {description: "what was built, as JSON"}
  metadata: {description: "the release's facts, as JSON"}
runs: {using: node20, main: built-in}
"""
_MODULE = "github.com/goreleaser/goreleaser"
_CONFIGURATIONS = tuple(
    f"{folder}goreleaser.{ending}" for folder in (".config/", ".", "") for ending in ("yml", "yaml")
)
_UPLOADED = frozenset({"Archive", "Source", "Checksum", "Linux Package", "Signature", "Certificate", "SBOM", "Binary"})
"""The types in artifacts.json that become assets (goreleaser, internal/artifact: ReleaseUploadableTypes)."""
_PUSHED = frozenset({"Docker Image", "Published Docker Image", "Docker Manifest", "Publishable Docker Image"})


class Goreleaser(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "goreleaser/goreleaser-action")
    left_out: Mapping[str, str] = MappingProxyType({"distribution": "GoReleaser Pro can't be had without its licence"})

    async def main(self, host: ActionHost) -> None:
        """Find or build it, run it, tell what a release of it would be."""
        tell_what_is_left_out(host, self)
        program = await _find(host)
        if boolean(host.inputs, "install-only"):
            host.add_path(Path(program).parent)
            return
        given = shlex.split(host.inputs["args"])
        if not given:
            raise ActionFailedError("Input required and not supplied: args")
        folder = host.workspace.paths.workspace / host.inputs["workdir"]
        rehearsed = _publishes(given) and not host.publishing
        skipped = ("--skip=publish,announce",) if rehearsed else ()
        if code := await host.run((program, *given, *skipped), directory=folder):
            raise ActionFailedError(f"The process '{program}' failed with exit code {code}")
        built = _report(host, _dist(folder, given))
        if rehearsed:
            await _rehearse(host, folder, built)


async def _find(host: ActionHost) -> str:
    """The job's own where it is of the version that is asked for, else one that is built for all jobs."""
    wanted = host.inputs["version"].strip()
    found = host.workspace.find_program("goreleaser", host.environment.get("PATH", ""))
    if found is not None:
        _, said = await host.capture((found, "--version"))
        version = re.search(r"GitVersion:\s+v?(\d+\.\d+\.\d+)", said)
        if version is not None and _is_wanted(wanted, version[1]):
            host.log(f"GoReleaser {version[1]} is {found}")
            return found
    return await _built(host, wanted)


def _is_wanted(wanted: str, version: str) -> bool:
    """``~> v2`` is any of the major, ``~> 1.17.1`` any of the minor from there on (the action's semver ranges)."""
    if wanted in {"", "latest"}:
        return True
    numbers = re.sub(r"^[~^>=\s]*v?", "", wanted).split(".")
    if wanted[0] not in "~^":
        return f"{version}.".startswith(f"{'.'.join(numbers)}.")
    fixed = numbers[:1] if wanted[0] == "^" or len(numbers) == 1 else numbers[:2]
    have = version.split(".")
    return have[: len(fixed)] == fixed and tuple(map(int, have)) >= tuple(map(int, numbers))


async def _built(host: ActionHost, wanted: str) -> str:
    version = re.sub(r"^[~^>=\s]*v?", "", wanted) if wanted != "latest" else ""
    if wanted == "nightly" or host.inputs["distribution"] != "goreleaser":
        raise ToolchainMissingError(
            f"GoReleaser {wanted} ({host.inputs['distribution']}) is not on this machine: install it"
        )
    go = need(host, "go", "install Go, or GoReleaser")
    major = int(version.partition(".")[0] or 2)
    exact = f"v{version}" if version.count(".") == 2 else f"v{version}" if version else "latest"
    place = host.workspace.paths.tools / "goreleaser" / exact
    program = place / "goreleaser"
    if not program.is_file():
        what = f"{_MODULE if major == 1 else f'{_MODULE}/v{major}'}@{exact}"
        host.log(f"GoReleaser {wanted} is not here yet: it is built through the module proxy")
        environment = {"GOBIN": str(place), "GOTOOLCHAIN": "auto", "GOFLAGS": ""}
        if await host.run((go, "install", what), environment=environment) != 0:
            raise ToolchainMissingError(f"GoReleaser {wanted} is not on this machine, and Go could not build it")
    return str(program)


def _publishes(given: list[str]) -> bool:
    """Whether these arguments would let something out: ``release`` that is no snapshot, or ``publish``."""
    command = next((word for word in given if not word.startswith("-")), "")
    skipped = ",".join(word.partition("=")[2] for word in given if word.startswith("--skip="))
    return command in {"release", "r", "publish", "continue", "announce"} and not (
        "--snapshot" in given or "--skip-publish" in given or "publish" in skipped.split(",")
    )


def _dist(folder: Path, given: list[str]) -> Path:
    """Where it builds: ``dist`` unless the configuration says otherwise."""
    named = [
        following if word in {"-f", "--config"} else word.partition("=")[2]
        for word, following in zip(given, [*given[1:], ""], strict=True)
        if word in {"-f", "--config"} or word.startswith(("--config=", "-f="))
    ]
    for name in (*named, *_CONFIGURATIONS):
        if (folder / name).is_file():
            found = re.search(r"^dist:\s*['\"]?([^'\"\s#]+)", (folder / name).read_text(encoding="utf-8"), re.MULTILINE)
            return folder / (found[1] if found else "dist")
    return folder / "dist"


def _report(host: ActionHost, dist: Path) -> list[dict[str, Any]]:
    """Set the outputs; what was built."""
    texts = {name: (dist / f"{name}.json") for name in ("artifacts", "metadata")}
    for name, path in texts.items():
        if path.is_file():
            host.set_output(name, path.read_text(encoding="utf-8"))
    try:
        built: list[dict[str, Any]] = json.loads(texts["artifacts"].read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return built


async def _rehearse(host: ActionHost, folder: Path, built: list[dict[str, Any]]) -> None:
    """The release and its assets at the stand-in; images that would be pushed are recorded."""
    code, said = await host.capture(("git", "describe", "--tags", "--exact-match"), directory=folder)
    if code != 0:
        raise ActionFailedError(f"A release needs a tag: {said.strip()}")
    tag = said.strip()
    publisher = await open_publisher(host, "", host.environment.get("GITHUB_TOKEN", ""))
    release = await publisher.ask(find_release, tag)
    if release is None:
        release = await publisher.change("release", tag, create_release, ReleaseRequest(tag=tag, name=tag))
    await publisher.upload(release, list(_assets(folder, built)))
    for image in (one for one in built if one.get("type") in _PUSHED):
        host.record_effect(kind="image-push", target=str(image["name"]), request="docker push", rehearsed=True)


def _assets(folder: Path, built: list[dict[str, Any]]) -> Iterator[Path]:
    seen: set[str] = set()
    for one in built:
        path = folder / str(one.get("path", ""))
        uploaded = one.get("type") in _UPLOADED and (one.get("type") != "Binary" or not _archived(built))
        if uploaded and path.is_file() and path.name not in seen:
            seen.add(path.name)
            yield path


def _archived(built: list[dict[str, Any]]) -> bool:
    return any(one.get("type") == "Archive" for one in built)
