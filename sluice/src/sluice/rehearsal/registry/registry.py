"""The run's registry: started by the first that may push, told where images go, closed with the run.

What answers is imported when the first request comes: most jobs that could push never do.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sluice.rehearsal.registry.names import repository_of, stand_in_for
from sluice.serving.messages import Request, Response
from sluice.serving.server import HttpServer
from sluice.source.image_references import parse_image

if TYPE_CHECKING:
    from sluice.rehearsal.registry.storage import Manifest, Storage


class Registry:
    """Listens on a free port of the loopback; engines push there without TLS."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self._folder = folder
        self._for_jobs: list[HttpServer] = []
        self._server = HttpServer(listener, self._answering(self._note))
        self.address = "{}:{}".format(*listener.getsockname()[:2])
        self.pushed: list[tuple[str, str, str]] = []
        """Repository, tag and digest of every push with a tag, in order."""

    @classmethod
    async def start(cls, folder: Path) -> Self:
        """A registry that keeps what it gets in ``folder``."""
        listener = socket.create_server(("127.0.0.1", 0))
        registry = cls(folder, listener)
        await registry._server.start()
        return registry

    async def let_in(self, told: Callable[[str, str, str], None]) -> str:
        """An address of a job's own, whose pushes are ``told``: repository, tag and digest."""
        listener = socket.create_server(("127.0.0.1", 0))
        server = HttpServer(listener, self._answering(told))
        await server.start()
        self._for_jobs.append(server)
        return "{}:{}".format(*listener.getsockname()[:2])

    def stand_in_for(self, image: str) -> str:
        """Where an image is pushed instead: ``ghcr.io/o/n:t`` goes to ``127.0.0.1:PORT/ghcr.io/o/n:t``.

        Raises ``UsageError`` for a reference that can't be read.
        """
        return stand_in_for(self.address, parse_image(image))

    def manifest(self, image: str) -> Manifest | None:
        """What was pushed under a name of the outside."""
        found = parse_image(image)
        return self._storage.manifest(repository_of(found), found.digest or found.tag or "latest")

    async def close(self) -> None:
        """Answer no more."""
        for server in (self._server, *self._for_jobs):
            await server.close()

    @cached_property
    def _storage(self) -> Storage:
        from sluice.rehearsal.registry.storage import Storage  # noqa: PLC0415 (as in ``_answering``)

        return Storage(self._folder)

    def _answering(self, told: Callable[[str, str, str], None]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            from sluice.rehearsal.registry.routes import Routes  # noqa: PLC0415 (most jobs never push)

            return await Routes(self._storage, told).answer(request)

        return answer

    def _note(self, name: str, tag: str, digest: str) -> None:
        self.pushed.append((name, tag, digest))
