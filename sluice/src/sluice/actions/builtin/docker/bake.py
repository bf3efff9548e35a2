"""``docker/bake-action``: what files of targets say, built by buildx and the engine of this machine.

The engine keeps the layers between runs, and images of one platform each: several platforms are built one after the
other and joined under their names when they are pushed, as by ``docker/build-push-action``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
from msgspec import Struct

from sluice.actions.builtin.docker.bake_plan import Baked, read_plan
from sluice.actions.builtin.docker.build_context import DEFAULT, unpacked
from sluice.actions.builtin.docker.build_inputs import entries
from sluice.actions.builtin.docker.build_push import NO_ATTESTATIONS
from sluice.actions.builtin.docker.client import Docker, find_docker, hold_names
from sluice.actions.builtin.docker.platforms import native_platform
from sluice.actions.builtin.docker.registries import Pushing
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.builtin.majors import is_before
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.runners.container.images.builders import Builder

_MANIFEST = """
name: Docker Buildx Bake
inputs:
  builder: {}
  allow: {}
  call: {}
  files: {}
  no-cache: {default: "false"}
  pull: {default: "false"}
  load: {default: "false"}
  provenance: {}
  push: {default: "false"}
  sbom: {}
  set: {}
  source: {}
  targets: {}
  workdir: {default: .}
  github-token: {default: "${{ github.token }}"}
outputs:
  metadata: {description: "by target, what is known of what was built, as JSON"}
runs: {using: node20, main: built-in, post: built-in}
"""
_OF_GIT = 6
"""From this major on the source is the event's commit where none is named."""
_IN_WORKSPACE = "cwd://"
_FLAGS = ("load", "push")
_DIGEST = "containerimage.digest"


class _Source(Struct, frozen=True, kw_only=True):
    """The folder where the files of targets are, or an address of theirs."""

    folder: Path
    address: str = ""


class Bake(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "docker/bake-action")
    left_out: Mapping[str, str] = {
        "builder": "there is one builder",
        "call": "the targets are built, not only checked",
        "provenance": NO_ATTESTATIONS,
        "sbom": NO_ATTESTATIONS,
        "github-token": "the source is the commit as it is on this machine",
    }

    async def main(self, host: ActionHost) -> None:
        """Read what the targets are, build them, push what is to be pushed, hand on what came of it."""
        tell_what_is_left_out(host, self)
        docker = await find_docker(host)
        if docker.builder is not Builder.BUILDX:
            raise ToolchainMissingError("This needs buildx, and no 'docker' on PATH has it: install docker-buildx")
        source = await _source(host)
        plan, baked = read_plan(await _printed(host, docker, source), native_platform())
        made = await _build(host, docker, source, plan)
        for one in baked:
            for number, part in enumerate(one.parts):
                await hold_names(host, _identity(made.get(part, {})), one.tags_of(number))
        known = {one.name: await _finished(host, docker, one, made) for one in baked}
        host.log(f"Metadata: {json.dumps(known, indent=2)}")
        host.set_output("metadata", json.dumps(known))


async def _source(host: ActionHost) -> _Source:
    given, workdir = host.inputs["source"].strip(), place_of(host, host.inputs["workdir"].strip() or ".")
    if given.startswith(DEFAULT) or (not given and not is_before(host.ref, _OF_GIT)) or _is_own(host, given):
        below = given.partition(f"{DEFAULT}:")[2] or given.partition("#")[2].partition(":")[2]
        return _Source(folder=await unpacked(host) / below)
    if "://" in given or given.startswith("git@"):
        return _Source(folder=workdir, address=given)
    return _Source(folder=workdir / given)


def _is_own(host: ActionHost, address: str) -> bool:
    """Whether it is this repository's at GitHub, whose commit is here."""
    own = f"{host.environment.get('GITHUB_SERVER_URL', '')}/{host.environment.get('GITHUB_REPOSITORY', '')}.git"
    return address.partition("#")[0] == own


async def _printed(host: ActionHost, docker: Docker, source: _Source) -> Mapping[str, Any]:
    words = [*([source.address] if source.address else []), *_options(host), "--print"]
    command = (docker.program, "buildx", "bake", *words, *entries(host.inputs, "targets"))
    printed = host.workspace.paths.temp / "bake-printed.json"
    code = await host.run(
        ("sh", "-c", 'place=$1; shift; exec "$@" >"$place"', "bake", str(printed), *command),
        environment=docker.environment,
        directory=source.folder,
    )
    if code != 0:
        raise ActionFailedError(f"docker buildx bake failed with exit code {code}: its definition can't be read")
    found: Mapping[str, Any] = json.loads(await anyio.Path(printed).read_text())
    host.log(f"Bake definition: {json.dumps(found, indent=2)}")
    return found


def _options(host: ActionHost) -> list[str]:
    words = [word for file in entries(host.inputs, "files") for word in ("--file", _file(host, file))]
    words += [word for one in lines(host.inputs, "set") for word in ("--set", one)]
    words += [word for one in entries(host.inputs, "allow") for word in ("--allow", one)]
    return words + [f"--{name}" for name in _FLAGS if boolean(host.inputs, name)]


def _file(host: ActionHost, name: str) -> str:
    """Files of the commit, but those of the working directory (``cwd://``), which earlier steps wrote."""
    if not name.startswith(_IN_WORKSPACE):
        return name
    return str(place_of(host, host.inputs["workdir"].strip() or ".") / name.removeprefix(_IN_WORKSPACE))


async def _build(host: ActionHost, docker: Docker, source: _Source, plan: Mapping[str, Any]) -> dict[str, Any]:
    """What the builder says of each target that it built. Raises ``ActionFailedError``."""
    temp = host.workspace.paths.temp
    file, said = anyio.Path(temp / "bake.json"), anyio.Path(temp / "bake-metadata.json")
    await file.write_text(json.dumps(plan))
    words = ["buildx", "bake", "--file", str(file), "--metadata-file", str(said)]
    words += [f"--{name}" for name in ("no-cache", "pull") if boolean(host.inputs, name)]
    words += [word for one in entries(host.inputs, "allow") for word in ("--allow", one)]
    code = await host.run((docker.program, *words), environment=docker.environment, directory=source.folder)
    if code != 0:
        raise ActionFailedError(f"docker buildx bake failed with exit code {code}")
    found: dict[str, Any] = json.loads(await said.read_text())
    return found


def _identity(known: Mapping[str, Any]) -> str:
    return str(known.get("containerimage.config.digest") or known.get(_DIGEST) or "")


async def _finished(host: ActionHost, docker: Docker, baked: Baked, made: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a target, once it is pushed where it is to be."""
    known = dict(made.get(baked.parts[0], {}))
    if baked.tags and _identity(known):
        known["image.name"] = ",".join(baked.tags)
    if not baked.pushed:
        return known
    if not baked.tags:
        raise ActionFailedError(f"tag is needed when pushing to registry: the target '{baked.name}' has none")
    return {**known, _DIGEST: await _push(host, docker, baked, [_identity(made[part]) for part in baked.parts])}


async def _push(host: ActionHost, docker: Docker, baked: Baked, identities: Sequence[str]) -> str:
    pushing, digest = Pushing(host, docker), ""
    names = [baked.tags_of(number) for number in range(len(baked.parts))]
    for number, tag in enumerate(baked.tags):
        parts = [own[number] for own in names]
        for part, identity in zip(parts, identities, strict=True):
            digest = await pushing.push(part, identity)
        if len(parts) > 1:
            digest = await pushing.join(tag, parts)
    return digest
