"""A real server for a while: for a drill of recovery, and for the tests of other packages.

In: a version. Out: a running server's address, as long as a ``with`` block lasts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.embedded.postgresql.provider import PostgresqlProvider
from sluice.services.errors import ServiceError
from sluice.services.launcher import LocalLauncher
from sluice.services.protocol import Place, RunningService

_HEALTHY_SECONDS, _STOP_SECONDS = 60.0, 5.0
_TRIES = 3


@contextmanager
def temporary_postgresql(version: str = "15") -> Iterator[str]:
    """A PostgreSQL of this version with an empty database, as ``postgresql://user:password@127.0.0.1:port/database``.

    It listens on a free loopback port and lasts as long as the block: about a tenth of a second to start, so a test
    session of its own is cheap. Raises ``UnavailableError`` where that version can be neither fetched nor found.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-postgresql-") as folder, start_blocking_portal() as portal:
        service = portal.call(_start, version, Path(folder))
        try:
            yield f"postgresql://test:test@127.0.0.1:{service.ports['5432']}/test"
        finally:
            portal.call(service.stop, _STOP_SECONDS)


async def _start(version: str, folder: Path) -> RunningService:
    env = {"POSTGRES_USER": "test", "POSTGRES_PASSWORD": "test", "POSTGRES_DB": "test"}
    request = ContainerRequest(name="postgres", image=f"postgres:{version}", env=env, ports=("5432",))
    place = Place(launcher=LocalLauncher(), folder=folder)
    for _ in range(_TRIES - 1):
        try:
            return await _start_once(request, place)
        except ServiceError:  # another process took the port that was free a moment ago
            continue
    return await _start_once(request, place)


async def _start_once(request: ContainerRequest, place: Place) -> RunningService:
    service = await PostgresqlProvider().start(request, place)
    try:
        await service.healthy(_HEALTHY_SECONDS)
    except BaseException:
        await service.stop(_STOP_SECONDS)
        raise
    return service
