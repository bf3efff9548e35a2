"""The services of a job behind one address. In: what is kept. Out: what answers requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sluice.actions.results.artifacts import ArtifactService
from sluice.actions.results.blobs import Blobs
from sluice.actions.results.caches import CacheService
from sluice.actions.results.identity import Identity
from sluice.actions.results.job import Records
from sluice.actions.results.routes import Routes
from sluice.store.files.artifacts import FolderArtifacts
from sluice.store.files.caches import FolderCaches


def open_routes(
    identity: Identity, kept: tuple[FolderArtifacts, FolderCaches], *, folder: Path, records: Records, base: str
) -> Routes:
    """The routes to the artifacts and the caches below ``base``; ``folder`` is for uploads under way."""
    (artifacts, caches), blobs = kept, Blobs(folder)

    def services(address: Callable[[str, str], str]) -> tuple[ArtifactService, CacheService]:
        return (
            ArtifactService(artifacts, blobs, identity, address=address, uploaded=records.uploaded),
            CacheService(caches, blobs, address=address, saved=records.saved, looked_up=records.looked_up),
        )

    return Routes(identity, blobs, artifacts, services, base=base)
