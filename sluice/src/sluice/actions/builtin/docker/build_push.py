"""``docker/build-push-action``: images from a Dockerfile, by the best builder that this machine has.

The engine keeps the layers between runs, so every kind of ``cache-from`` finds them there. Several platforms are built
one after the other and joined under their names when they are pushed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import anyio
from msgspec import Struct

from sluice.actions.builtin.docker import build_inputs
from sluice.actions.builtin.docker.build_context import Context, secrets_in, take_context
from sluice.actions.builtin.docker.client import Docker, find_docker, hold_names
from sluice.actions.builtin.docker.platforms import EMULATORS, is_known, native_platform, runs_here
from sluice.actions.builtin.docker.registries import Pushing
from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.inputs import lines
from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.builtin.places import place_of
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction, ToolchainMissingError
from sluice.runners.container.images.builders import Builder

_MANIFEST = """
name: Build and push Docker images
inputs:
  add-hosts: {}
  allow: {}
  annotations: {}
  attests: {}
  build-args: {}
  build-contexts: {}
  builder: {}
  cache-from: {}
  cache-to: {}
  call: {}
  cgroup-parent: {}
  context: {}
  file: {}
  labels: {}
  load: {default: "false"}
  network: {}
  no-cache: {default: "false"}
  no-cache-filters: {}
  outputs: {}
  platforms: {}
  provenance: {}
  pull: {default: "false"}
  push: {default: "false"}
  sbom: {}
  secrets: {}
  secret-envs: {}
  secret-files: {}
  shm-size: {}
  ssh: {}
  tags: {}
  target: {}
  ulimit: {}
  github-token: {default: "${{ github.token }}"}
outputs:
  imageid: {description: the image's id}
  digest: {description: "the digest under which it was pushed, else its id"}
  metadata: {description: what is known of it as JSON}
runs: {using: node20, main: built-in, post: built-in}
"""
NO_ATTESTATIONS = (
    "the engine keeps images without attestations and annotations: anchore/sbom-action makes a bill of materials"
)
_EMPTY_LAYOUT: Mapping[str, object] = {
    "oci-layout": {"imageLayoutVersion": "1.0.0"},
    "index.json": {"schemaVersion": 2, "manifests": []},
}
_LEFT_OUT: Mapping[str, str] = {
    "annotations": NO_ATTESTATIONS,
    "attests": NO_ATTESTATIONS,
    "provenance": NO_ATTESTATIONS,
    "sbom": NO_ATTESTATIONS,
    "builder": "there is one builder",
    "call": "the image is built, not only checked",
    "ssh": "no agent is handed into a build",
    "github-token": "the context is the commit as it is on this machine",
}


class Built(Struct, frozen=True, kw_only=True):
    """What a build gave: the image's id, and the names that it has in the engine."""

    id: str
    tags: tuple[str, ...]


class BuildPush(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "docker/build-push-action")
    left_out = _LEFT_OUT
    declined = frozenset({"provenance", "sbom"})

    async def main(self, host: ActionHost) -> None:
        """Build for each platform, push, hand on what came of it."""
        tell_what_is_left_out(host, self)
        wanted = build_inputs.read_wanted(host.inputs)
        tags = [*build_inputs.entries(host.inputs, "tags"), *wanted.names]
        build_inputs.check_tags(tags, wanted)
        platforms = build_inputs.entries(host.inputs, "platforms") or [native_platform()]
        _check(platforms)
        if wanted.load and len(platforms) > 1:
            raise ActionFailedError("docker exporter does not currently support exporting manifest lists")
        docker = await find_docker(host)
        _tell(host, docker, wanted)
        context = await take_context(host)
        kept = tags if wanted.load or wanted.push or wanted.archives else []
        made = await _build_all(host, docker, context, platforms, kept)
        for built in made:
            await hold_names(host, built.id, built.tags)
        await _archive(host, docker, made, wanted)
        await _leave_caches(host)
        digest = await _push_all(host, docker, made, tags, by_digest=wanted.by_digest) if wanted.push else made[0].id
        _hand_on(host, made[0], digest, tags)


def _check(platforms: list[str]) -> None:
    for name in platforms:
        if not is_known(name):
            raise ActionFailedError(f"'{name}' is no platform (expected one of {', '.join(EMULATORS)})")


def _tell(host: ActionHost, docker: Docker, wanted: build_inputs.Wanted) -> None:
    host.log(f"Built by {docker.builder} ({docker.program}, engine {docker.engine})")
    if docker.builder is not Builder.BUILDX and (missing := build_inputs.needs_buildx(host.inputs)):
        raise ToolchainMissingError(f"{', '.join(missing)}: only buildx does this; install docker-buildx")
    if lines(host.inputs, "cache-from") or lines(host.inputs, "cache-to"):
        host.log("Caches: layers are the engine's own, which keeps them between runs of this machine")
    if not (wanted.load or wanted.push or wanted.archives or wanted.files or wanted.only_caches):
        host.warning(
            "No output specified: the build result will only remain in the build cache. To push the result image into "
            "registry use push: true, to load it into the engine use load: true"
        )


async def _build_all(
    host: ActionHost, docker: Docker, context: Context, platforms: list[str], tags: list[str]
) -> list[Built]:
    made = []
    for platform in platforms:
        names = [build_inputs.platform_tag(tag, platform) for tag in tags] if len(platforms) > 1 else tags
        made.append(await _build(host, docker, context, platform, names))
    return made


async def _build(host: ActionHost, docker: Docker, context: Context, platform: str, tags: list[str]) -> Built:
    identity = host.workspace.paths.temp / "iidfile"
    image = ["--iidfile", str(identity), *(word for tag in tags for word in ("--tag", tag))]
    if docker.builder is Builder.BUILDX:
        image.append("--load")
    files = [["--output", line] for line in build_inputs.read_wanted(host.inputs).files]
    async with secrets_in(host) as secrets:
        for result in (*files, image):
            words = [*_words(host, docker), "--platform", platform, *secrets, *result, *context.words()]
            await _run(host, docker, platform, words)
    return Built(id=(await anyio.Path(identity).read_text()).strip(), tags=tuple(tags))


def _words(host: ActionHost, docker: Docker) -> list[str]:
    """The command with what the inputs ask for, whatever is to come of it."""
    words = ["build", *build_inputs.options(host.inputs)]
    words += [word for image in build_inputs.cache_images(host.inputs) for word in ("--cache-from", image)]
    if build_inputs.caches_inline(host.inputs):
        words += ["--build-arg", "BUILDKIT_INLINE_CACHE=1"]
    if docker.builder is Builder.BUILDX:
        return ["buildx", *words, *build_inputs.buildx_options(host.inputs)]
    return words


async def _run(host: ActionHost, docker: Docker, platform: str, words: list[str]) -> None:
    try:
        await docker.run(host, *words)
    except ActionFailedError as error:
        if not runs_here(platform):
            raise ToolchainMissingError(
                f"{error}. Programs for {platform} don't run on this machine, as nothing emulates it: "
                "docker/setup-qemu-action before this step registers an emulator"
            ) from error
        raise


async def _archive(host: ActionHost, docker: Docker, made: list[Built], wanted: build_inputs.Wanted) -> None:
    for destination in wanted.archives:
        path = host.workspace.paths.workspace / destination
        await anyio.Path(place_of(host, path.parent)).mkdir(parents=True, exist_ok=True)
        names = [name for built in made for name in built.tags or (built.id,)]
        await docker.run(host, "save", "--output", str(path), *names)


async def _leave_caches(host: ActionHost) -> None:
    """Later steps move and keep the folders of caches: each is a layout without images, as the engine has the layers
    (github.com/opencontainers/image-spec, image-layout.md).
    """
    for destination in build_inputs.cache_folders(host.inputs):
        folder = anyio.Path(place_of(host, destination))
        try:
            await folder.mkdir(parents=True, exist_ok=True)
            for name, content in _EMPTY_LAYOUT.items():
                await (folder / name).write_text(json.dumps(content))
        except OSError as error:
            raise ActionFailedError(f"The cache '{destination}' can't be written: {error}") from error


async def _push_all(host: ActionHost, docker: Docker, made: list[Built], tags: list[str], *, by_digest: bool) -> str:
    if by_digest and host.publishing:
        raise ToolchainMissingError(
            "A push without a tag (push-by-digest) is rehearsed only: give it tags to publish it"
        )
    pushing = Pushing(host, docker, by_digest=by_digest)
    digest = ""
    for number, tag in enumerate(tags):
        parts = [built.tags[number] for built in made]
        for part, built in zip(parts, made, strict=True):
            digest = await pushing.push(part, built.id)
        if len(parts) > 1:
            digest = await pushing.join(tag, parts)
            await _name_own(host, docker, tag, parts)
    return digest


async def _name_own(host: ActionHost, docker: Docker, tag: str, parts: list[str]) -> None:
    """What is pushed under a name is run under it by later steps, on this machine's platform."""
    own = build_inputs.platform_tag(tag, native_platform())
    if own in parts:
        await docker.output(host, "tag", own, tag)


def _hand_on(host: ActionHost, built: Built, digest: str, tags: list[str]) -> None:
    known = {
        "containerimage.config.digest": built.id,
        "containerimage.digest": digest,
        "image.name": ",".join(tags),
    }
    host.log(f"ImageID: {built.id}\nDigest: {digest}")
    host.set_output("imageid", built.id)
    host.set_output("digest", digest)
    host.set_output("metadata", json.dumps(known))
