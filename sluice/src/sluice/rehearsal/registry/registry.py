"""The run's registry: started by the first that pushes, told where images go, closed with the run."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Self

from sluice.rehearsal.registry.routes import Routes
from sluice.rehearsal.registry.storage import Manifest, Storage
from sluice.serving.server import HttpServer
from sluice.source.image_references import parse_image


class Registry:
    """Listens on a free port of the loopback; engines push there without TLS."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self._storage = Storage(folder)
        self._server = HttpServer(listener, Routes(self._storage, self._note).answer)
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

    def stand_in_for(self, image: str) -> str:
        """Where an image is pushed instead: ``ghcr.io/o/n:t`` goes to ``127.0.0.1:PORT/ghcr.io/o/n:t``.

        Raises ``UsageError`` for a reference that can't be read.
        """
        found = parse_image(image)
        return f"{self.address}/{_repository(found.registry, found.repository)}:{found.tag or 'latest'}"

    def manifest(self, image: str) -> Manifest | None:
        """What was pushed under a name of the outside."""
        found = parse_image(image)
        return self._storage.manifest(
            _repository(found.registry, found.repository), found.digest or found.tag or "latest"
        )

    async def close(self) -> None:
        """Answer no more."""
        await self._server.close()

    def _note(self, name: str, tag: str, digest: str) -> None:
        self.pushed.append((name, tag, digest))


def _repository(registry: str, repository: str) -> str:
    """A registry's name as the first part of a repository's: without what no repository may hold."""
    return f"{re.sub(r'[^a-z0-9.]+', '-', registry.lower()).strip('-')}/{repository}"
