"""Where an action's pushes go: to the real registry when the run publishes, else to the run's own on loopback."""

from __future__ import annotations

from sluice.actions.builtin.docker.client import Docker
from sluice.actions.protocol import ActionFailedError, ActionHost, ToolchainMissingError
from sluice.rehearsal.registry.registry import Registry
from sluice.source.errors import UnavailableError, UsageError

DOCKER_HUB = "docker.io"


async def stand_in(host: ActionHost) -> Registry:
    """The run's registry, which the job reaches under the same address."""
    registry = await host.stand_ins.use(Registry, Registry.start)
    try:
        port = int(registry.address.rpartition(":")[2])
        await host.workspace.pass_on(port, port)
    except UnavailableError:
        host.debug(f"{registry.address} is reached already")
    return registry


class Pushing:
    """Pushes of one step. ``push`` and ``join`` give digests and record what left, or would have left, the machine;
    ``by_digest`` under no other name.
    """

    def __init__(self, host: ActionHost, docker: Docker, *, by_digest: bool = False) -> None:
        self._host, self._docker = host, docker
        self._by_digest = by_digest

    async def push(self, image: str, identity: str) -> str:
        """Push an image of the engine under its name; its digest. Another job may have the name in the engine by now:
        the id is what is pushed.
        """
        place = await self._place(image)
        if place != image:
            await self._docker.output(self._host, "tag", identity, place)
        try:
            await self._docker.run(self._host, "push", place)
            digest = await self._digest(place)
        finally:
            if place != image:
                await self._docker.ask(self._host, "rmi", "--no-prune", place)
        self._record(image, digest)
        return digest

    async def join(self, image: str, parts: list[str]) -> str:
        """One name for the images of several platforms, which were pushed; the digest of their list."""
        place = await self._place(image)
        places = [await self._place(part) for part in parts]
        loopback = () if place == image else ("--insecure",)
        await self._docker.output(self._host, "manifest", "create", "--amend", *loopback, place, *places)
        digest = await self._docker.output(self._host, "manifest", "push", "--purge", *loopback, place)
        self._record(image, digest)
        return digest

    async def _place(self, image: str) -> str:
        if self._host.publishing:
            return image
        if self._docker.is_podman:
            raise ToolchainMissingError(
                "A rehearsal pushes to the run's own registry on loopback, which has no TLS: Docker takes it, Podman "
                "doesn't. Start a Docker engine, or name one by DOCKER_HOST"
            )
        try:
            return (await stand_in(self._host)).stand_in_for(image)
        except UsageError as error:
            raise ActionFailedError(error.message) from error

    async def _digest(self, place: str) -> str:
        form = "{{range .RepoDigests}}{{println .}}{{end}}"
        known = await self._docker.output(self._host, "image", "inspect", "--format", form, place)
        repository = place.rpartition(":")[0]
        found = [line.rpartition("@")[2] for line in known.split() if line.startswith(f"{repository}@")]
        if not found:
            raise ActionFailedError(f"the engine knows no digest of {place} after its push")
        return found[-1]

    def _record(self, image: str, digest: str) -> None:
        rehearsed = not self._host.publishing
        named = f"{image}@{digest}" if self._by_digest else image
        request = f"docker push {named}" if self._by_digest else f"docker push {image} ({digest})"
        self._host.record_effect(kind="image-push", target=named, request=request, rehearsed=rehearsed)
        where = " to the run's own registry; --publish lets it go" if rehearsed else ""
        self._host.log(f"Pushed {image}@{digest}{where}")
