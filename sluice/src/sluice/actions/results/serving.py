"""The services of a job behind one server. In: a listening socket and what is kept. Out: a server, not yet started."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from sluice.actions.results.artifacts import ArtifactService
from sluice.actions.results.blobs import Blobs
from sluice.actions.results.caches import CacheService
from sluice.actions.results.identity import Identity
from sluice.actions.results.job import Records
from sluice.actions.results.routes import Routes
from sluice.serving.server import HttpServer
from sluice.store.artifacts import FolderArtifacts
from sluice.store.caches import FolderCaches


def serve(
    listener: socket.socket,
    identity: Identity,
    kept: tuple[FolderArtifacts, FolderCaches],
    *,
    folder: Path,
    records: Records,
) -> HttpServer:
    """A server for the artifacts and the caches; ``folder`` is for uploads under way."""
    (artifacts, caches), blobs = kept, Blobs(folder)

    def services(address: Callable[[str, str], str]) -> tuple[ArtifactService, CacheService]:
        return (
            ArtifactService(artifacts, blobs, identity, address=address, uploaded=records.uploaded),
            CacheService(caches, blobs, address=address, saved=records.saved, looked_up=records.looked_up),
        )

    return HttpServer(listener, Routes(identity, blobs, artifacts, services, base=base_address(listener)).answer)


def base_address(listener: socket.socket) -> str:
    """Where a client in the job finds the server."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"
