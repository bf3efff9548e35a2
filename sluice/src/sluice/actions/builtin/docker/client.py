"""The Docker client of this machine as an action uses it: which one, with which builder, and where pushes go.

The first on PATH that builds by BuildKit is taken. Podman's builder is its own (Buildah), which a client takes for the
classic one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anyio
from msgspec import Struct

from sluice.actions.protocol import ActionFailedError, ActionHost, ToolchainMissingError
from sluice.rehearsal.registry.by_hand import FOLDER as STAND_IN
from sluice.runners.container.images.builders import Builder, builder_inside, docker_programs

_PODMAN = "Podman Engine"
_ENGINE = '{{range .Server.Components}}{{if eq .Name "' + _PODMAN + '"}}{{.Name}} {{end}}{{end}}{{.Server.Version}}'
"""Podman's name, and the version of the engine."""


class Docker(Struct, frozen=True, kw_only=True):
    """A client that reaches an engine. ``builder`` is the best that it has."""

    program: str
    builder: Builder
    engine: str

    @property
    def is_podman(self) -> bool:
        """Whether the engine is Podman, which speaks Docker's protocol."""
        return self.engine.startswith(_PODMAN)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the client needs to be told."""
        known = {"DOCKER_CLI_EXPERIMENTAL": "enabled", "BUILDKIT_PROGRESS": "plain"}
        return {**known, "DOCKER_BUILDKIT": "0" if self.builder is Builder.CLASSIC else "1"}

    async def run(self, host: ActionHost, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """With its output in the step's log. Raises ``ActionFailedError``."""
        given = {**self.environment, **(environment or {})}
        code = await host.run((self.program, *arguments), environment=given)
        if code != 0:
            raise ActionFailedError(f"docker {arguments[0]} failed with exit code {code}")

    async def ask(self, host: ActionHost, *arguments: str) -> tuple[int, str]:
        """Exit code and output."""
        return await host.capture((self.program, *arguments), environment=self.environment)

    async def output(self, host: ActionHost, *arguments: str) -> str:
        """The output. Raises ``ActionFailedError``."""
        code, output = await self.ask(host, *arguments)
        if code != 0:
            raise ActionFailedError(f"docker {arguments[0]} failed with exit code {code}: {output.strip()}")
        return output.strip()


async def find_docker(host: ActionHost) -> Docker:
    """The client to use. Raises ``ToolchainMissingError`` that says what is missing."""
    programs = _programs(host.environment.get("PATH", ""))
    if not programs:
        raise ToolchainMissingError("This needs a container engine, and there is no 'docker' on PATH: install Docker")
    code, version = await host.capture((programs[0], "version", "--format", _ENGINE))
    if code != 0:
        last = (version.strip().splitlines() or ["no answer"])[-1]
        raise ToolchainMissingError(f"This needs a container engine, and none answers: {last}")
    engine = version.strip().splitlines()[-1]
    if engine.startswith(_PODMAN):
        return Docker(program=programs[0], builder=Builder.CLASSIC, engine=engine)
    builders = [(program, await _builder(host, program)) for program in programs]
    order = list(Builder)
    program, builder = min(builders, key=lambda found: order.index(found[1]))
    return Docker(program=program, builder=builder, engine=engine)


def _programs(search_path: str) -> Sequence[str]:
    return docker_programs(folder for folder in search_path.split(":") if not folder.endswith(STAND_IN))


async def _builder(host: ActionHost, program: str) -> Builder:
    code, _ = await host.capture((program, "buildx", "version"))
    if code == 0:
        return Builder.BUILDX
    _, version = await host.capture((program, "--version"))
    return builder_inside(version)


async def hold_names(host: ActionHost, identity: str, tags: Sequence[str]) -> None:
    """Another job may give the same names: what stands before ``docker`` in this one knows its image then."""
    program = host.workspace.paths.home / STAND_IN / "docker"
    for tag in tags if identity and await anyio.Path(program).exists() else ():
        await host.capture((str(program), "tag", identity, tag))
