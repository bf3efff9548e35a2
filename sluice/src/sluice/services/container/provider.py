"""Serves any image by a container engine.

In: a service. Out: a container in the job's network, with its ports, environment, volumes and options. An image that
isn't here is pulled, with the service's credentials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio
import anyio.to_thread

from sluice.runners.container.engine import Engine, EngineError
from sluice.runners.container.images.pulling import bring_image
from sluice.runners.container.leftovers.ownership import own_labels
from sluice.runners.container.specification.arguments import ContainerArguments, read_arguments
from sluice.runners.container.specification.options import parse_options
from sluice.runners.container.specification.request import ContainerRequest
from sluice.runners.container.volumes import with_own_volumes
from sluice.services.container.service import ContainerService
from sluice.services.errors import ServiceError
from sluice.services.protocol import Place
from sluice.source.errors import UnavailableError


class ContainerProvider:
    """A container engine. ``engine`` gives the connection, which is its maker's to keep and to close; it raises
    ``UnavailableError``.
    """

    name = "container engine"
    publishes_on_machine = True

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    def is_for(self, image: str) -> bool:
        """Any image."""
        return bool(image)

    def can_serve(self, request: ContainerRequest) -> str | None:
        """``None``, or the reason why not: the engine, the library or the right to use it is missing."""
        del request
        try:
            self._engine()
        except UnavailableError as error:
            return error.in_one_line
        return None

    async def start(self, request: ContainerRequest, place: Place) -> ContainerService:
        """Pull the image where it is missing, create the container and start it."""
        engine = await anyio.to_thread.run_sync(self._engine)
        arguments = read_arguments(request, parse_options(request.options), own_labels(place.labels))
        await bring_image(engine, request, f"of the service '{request.name}'")
        with anyio.CancelScope(shield=True):  # a container that was created must be known here, to be removed
            try:
                identifier = await _create(engine, arguments, place)
            except EngineError as error:
                raise ServiceError(f"The service '{request.name}' can't be made: {error.message}") from error
        try:
            return await _start(engine, identifier, request, place)
        except BaseException:
            await engine.remove(identifier)
            raise


async def _create(engine: Engine, arguments: ContainerArguments, place: Place) -> str:
    container = dict(arguments.container)
    given = await with_own_volumes(engine, arguments.host, place.labels)
    host = await engine.call("create_host_config", **given, network_mode=place.network)
    if place.network is not None:
        endpoint = await engine.call("create_endpoint_config", aliases=list(arguments.aliases))
        container["networking_config"] = await engine.call("create_networking_config", {place.network: endpoint})
    created: Mapping[str, str] = await engine.call("create_container", **container, host_config=host)
    return created["Id"]


async def _start(engine: Engine, identifier: str, request: ContainerRequest, place: Place) -> ContainerService:
    place.folder.mkdir(parents=True, exist_ok=True)
    try:
        await engine.call("start", identifier)
    except EngineError as error:
        taken = "already allocated" in error.message or "already in use" in error.message
        hint = "end the program that listens on that port, or map another host port" if taken else None
        raise ServiceError(f"The service '{request.name}' can't start: {error.message}", hint=hint) from error
    details = await engine.call("inspect_container", identifier)
    host = request.name if place.by_name else "localhost"
    return ContainerService(
        engine, name=request.name, host=host, log=place.folder / f"{request.name}.log", details=details
    )
