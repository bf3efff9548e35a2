"""GitHub's ArtifactService: what ``@actions/artifact`` calls, over the artifacts of the run."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import anyio.to_thread
from msgspec import Struct

from sluice.actions.results.blobs import Blobs
from sluice.actions.results.identity import Identity
from sluice.actions.results.messages import Message, Method, ServiceError
from sluice.source.errors import StoreError
from sluice.source.times import stamp
from sluice.store.files.artifacts import Artifact, FolderArtifacts, Packing, check_name

_ZIP = ("application/zip", "zip", "")
_DAY = 24 * 60 * 60


class _Wanted(Struct, frozen=True, kw_only=True):
    archive: bool
    days: int


class ArtifactService:
    """``address`` makes a signed address of a method and a path; ``uploaded`` is told of what was kept: name, size,
    number of files, digest.
    """

    def __init__(
        self,
        kept: FolderArtifacts,
        blobs: Blobs,
        identity: Identity,
        *,
        address: Callable[[str, str], str],
        uploaded: Callable[[str, int, int, str], None],
    ) -> None:
        self._kept = kept
        self._blobs = blobs
        self._identity = identity
        self._address = address
        self._uploaded = uploaded
        self._wanted: dict[str, _Wanted] = {}

    @property
    def methods(self) -> dict[str, Method]:
        """The service's methods by the names of its protocol."""
        return {
            "CreateArtifact": self.create,
            "FinalizeArtifact": self.finalize,
            "ListArtifacts": self.find,
            "GetSignedArtifactURL": self.sign,
            "DeleteArtifact": self.delete,
        }

    async def create(self, message: Message) -> Message:
        """Promise a name, and say where to upload."""
        name = self._name(message)
        if self._kept.find(name) is not None:
            raise ServiceError(
                "already_exists", f"an artifact with this name already exists on the workflow run: {name}"
            )
        archive = str(message.get("mime_type", "")) in _ZIP
        self._wanted[name] = _Wanted(archive=archive, days=_days(str(message.get("expires_at", ""))))
        self._blobs.drop(_blob(name))
        return {"ok": True, "signed_upload_url": self._address("PUT", f"uploads/{_blob(name)}")}

    async def finalize(self, message: Message) -> Message:
        """Keep what was uploaded; a digest that was sent along must be the file's."""
        name = self._name(message)
        wanted, blob = self._wanted.get(name), self._blobs.open(_blob(name))
        if wanted is None or not blob.complete:
            raise ServiceError("not_found", f"nothing was uploaded for the artifact '{name}'")
        packing = Packing(archive=wanted.archive, retention_days=wanted.days)
        try:
            kept = await anyio.to_thread.run_sync(self._kept.adopt, name, blob.path, packing)
        except StoreError as error:
            raise ServiceError("already_exists", error.message) from error
        self._blobs.drop(_blob(name))
        given = str(message.get("hash", "")).removeprefix("sha256:")
        if given and given != kept.digest:
            self._kept.delete(name)
            raise ServiceError("invalid_argument", f"the digest of '{name}' is {kept.digest}, not {given}")
        self._uploaded(name, kept.size, _count(kept), kept.digest)
        return {"ok": True, "artifact_id": kept.id}

    async def find(self, message: Message) -> Message:
        """The run's artifacts, by name or by id when asked."""
        name, number = message.get("name_filter"), message.get("id_filter")
        found = [
            self._describe(entry)
            for entry in self._kept.entries()
            if (name is None or entry.name == name) and (number is None or entry.id == str(number))
        ]
        return {"artifacts": found}

    async def sign(self, message: Message) -> Message:
        """Where to download one."""
        name = self._name(message)
        if self._kept.find(name) is None:
            raise ServiceError("not_found", f"no artifact is named '{name}'")
        return {"signed_url": self._address("GET", f"artifacts/{name}")}

    async def delete(self, message: Message) -> Message:
        """Delete one."""
        name = self._name(message)
        entry = self._kept.find(name)
        if entry is None:
            raise ServiceError("not_found", f"no artifact is named '{name}'")
        self._kept.delete(name)
        return {"ok": True, "artifact_id": entry.id}

    def _name(self, message: Message) -> str:
        if message.get("workflow_run_backend_id") != self._identity.run:
            raise ServiceError("permission_denied", "this is the service of another run")
        name = str(message.get("name", ""))
        try:
            check_name(name)
        except StoreError as error:
            raise ServiceError("invalid_argument", error.message) from error
        return name

    def _describe(self, entry: Artifact) -> Message:
        return {
            "workflow_run_backend_id": self._identity.run,
            "workflow_job_run_backend_id": self._identity.job,
            "database_id": entry.id,
            "name": entry.name,
            "size": str(entry.size),
            "created_at": stamp(entry.created),
            "digest": f"sha256:{entry.digest}",
        }


def _blob(name: str) -> str:
    return f"artifacts/{name}"


def _days(expires: str) -> int:
    """Whole days from now; 0, the default, when the moment can't be read."""
    text = re.sub(r"\.\d+", "", expires).replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return max(1, math.ceil((moment.timestamp() - datetime.now(UTC).timestamp()) / _DAY))


def _count(kept: Artifact) -> int:
    if not kept.archive:
        return 1
    try:
        with zipfile.ZipFile(kept.path) as archive:
            return sum(not member.is_dir() for member in archive.infolist())
    except zipfile.BadZipFile:
        return 0
