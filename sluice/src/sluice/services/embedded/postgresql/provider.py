"""Serves the image ``postgres`` by a real PostgreSQL on this machine.

In: a service of that image. Out: a running server with the same users, databases and ways to log in. What only a
container can do (mounts of the host, another program, another image built on it) is refused with the reason.
"""

from __future__ import annotations

from sluice.machine.threads import in_daemon_thread
from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.cache import ServerCache
from sluice.services.embedded.folders import find_folders
from sluice.services.embedded.identity import unprivileged
from sluice.services.embedded.limits import cannot_do
from sluice.services.embedded.listening import cannot_map
from sluice.services.embedded.postgresql.cluster import PORT, Cluster, find_cluster, start_cluster
from sluice.services.embedded.postgresql.installations import OLDEST, Installations
from sluice.services.embedded.postgresql.settings import server_arguments
from sluice.services.embedded.service import EmbeddedService
from sluice.services.embedded.versions import WantedVersion, read_tag
from sluice.services.protocol import Place
from sluice.source.errors import UsageError
from sluice.source.image_references import parse_image

_DATA = "/var/lib/postgresql"


class PostgresqlProvider:
    """Embedded PostgreSQL servers."""

    name = "embedded PostgreSQL"
    publishes_on_machine = False

    def is_for(self, image: str) -> bool:
        """PostgreSQL."""
        return parse_image(image).official == "postgres"

    def can_serve(self, request: ContainerRequest) -> str | None:
        """``None``, or the reason why not."""
        try:
            if not self.is_for(request.image):
                return "it serves the image postgres alone"
            wanted = _wanted(request.image)
            if wanted is None:
                return f"the tag of '{request.image}' names no version; it reads tags such as 15, 15.4, 16-alpine"
            if wanted.major is not None and wanted.major < OLDEST:
                return f"it serves PostgreSQL {OLDEST} and newer"
            server_arguments(request.command)
            return cannot_do(request, data=_DATA) or cannot_map(request.ports, PORT)
        except UsageError as error:
            return error.message

    async def start(self, request: ContainerRequest, place: Place) -> EmbeddedService:
        """Start it. Raises ``UnavailableError`` when the version can't be had, ``ServiceError`` when it fails."""
        cluster = await in_daemon_thread(_find, request)  # minutes where nothing is here yet
        return await start_cluster(cluster, request, place)


def _find(request: ContainerRequest) -> Cluster:
    folders = find_folders(unprivileged())
    installations = Installations(ServerCache(folders))
    wanted = _wanted(request.image) or WantedVersion(major=None)
    return find_cluster(request, folders, lambda: installations.find(wanted))


def _wanted(image: str) -> WantedVersion | None:
    reference = parse_image(image)
    if reference.tag is None and reference.digest is not None:
        return None
    return read_tag(reference.tag)
