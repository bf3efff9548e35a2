"""What the registry keeps, as files: blobs by digest, manifests by repository, tags as small files that name a digest.

Content goes to the disk as it comes and is hashed on the way, so that memory stays bounded. A blob or a manifest
appears whole and checked, or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from sluice.machine.whole_files import write_whole
from sluice.rehearsal.registry.refusals import Refusal

NAME = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LARGEST_MANIFEST = 4 << 20
"""distribution-spec: a registry should refuse larger ones (413)."""
_FOREIGN = "foreign"


class Manifest(Struct, frozen=True, kw_only=True):
    """A manifest as it was pushed."""

    digest: str
    media_type: str
    body: bytes


class Storage:
    """``folder`` is the registry's own. An upload that nobody began, or that is over, raises ``Refusal`` wherever it is
    named.
    """

    def __init__(self, folder: Path) -> None:
        self._blobs = folder / "blobs"
        self._uploads = folder / "uploads"
        self._repositories = folder / "repositories"
        self._hashes: dict[str, hashlib._Hash] = {}
        for place in (self._blobs, self._uploads, self._repositories):
            place.mkdir(parents=True, exist_ok=True)

    def blob(self, digest: str) -> Path | None:
        """The file of a blob, if it is here."""
        path = self._blobs / digest.removeprefix("sha256:")
        return path if DIGEST.fullmatch(digest) and path.is_file() else None

    def begin(self) -> str:
        """A new upload's id."""
        upload = uuid.uuid4().hex
        (self._uploads / upload).touch()
        self._hashes[upload] = hashlib.sha256()
        return upload

    def received(self, upload: str) -> int:
        """How many bytes of an upload are here."""
        return self._upload(upload).stat().st_size

    async def append(self, upload: str, body: AsyncIterator[bytes]) -> int:
        """Take more of an upload; its size so far, in bytes."""
        running = self._hashes[self._upload(upload).name]
        with self._upload(upload).open("ab") as file:
            async for chunk in body:
                file.write(chunk)
                running.update(chunk)
        return self.received(upload)

    def finish(self, upload: str, digest: str) -> None:
        """The upload is whole. Raises ``Refusal`` when it is not what ``digest`` says; then nothing is kept."""
        path = self._upload(upload)
        found = f"sha256:{self._hashes.pop(upload).hexdigest()}"
        if found != digest:
            path.unlink()
            raise Refusal("DIGEST_INVALID", f"the content's digest is {found}, not {digest}")
        path.replace(self._blobs / digest.removeprefix("sha256:"))

    def cancel(self, upload: str) -> None:
        """Forget an upload."""
        self._upload(upload).unlink()
        del self._hashes[upload]

    def _upload(self, upload: str) -> Path:
        path = self._uploads / upload
        if not re.fullmatch(r"[0-9a-f]{32}", upload) or not path.is_file():
            raise Refusal("BLOB_UPLOAD_UNKNOWN", "there is no such upload")
        return path

    def manifest(self, name: str, reference: str) -> Manifest | None:
        """By tag or digest."""
        digest = reference if ":" in reference else self._tagged(name, reference)
        path = self._manifests(name) / (digest or "").removeprefix("sha256:")
        if digest is None or not DIGEST.fullmatch(digest) or not path.is_file():
            return None
        media_type, _, body = path.read_bytes().partition(b"\n")
        return Manifest(digest=digest, media_type=media_type.decode(), body=body)

    async def keep(self, name: str, reference: str, media_type: str, content: AsyncIterator[bytes]) -> Manifest:
        """Keep a manifest under a tag or its digest. Raises ``Refusal`` when it is not whole or not true."""
        body = await _small(content)
        document = _document(body)
        manifest = Manifest(
            digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
            media_type=str(document.get("mediaType") or media_type),
            body=body,
        )
        if ":" in reference and reference != manifest.digest:
            raise Refusal("DIGEST_INVALID", f"the manifest's digest is {manifest.digest}, not {reference}")
        self._check_parts(name, document)
        _write(
            self._manifests(name) / manifest.digest.removeprefix("sha256:"), f"{manifest.media_type}\n".encode() + body
        )
        if ":" not in reference:
            _write(self._tags(name) / reference, manifest.digest.encode())
        return manifest

    def _check_parts(self, name: str, document: dict[str, Any]) -> None:
        for part in document.get("manifests") or []:
            if self.manifest(name, str(part.get("digest"))) is None:
                raise Refusal("MANIFEST_BLOB_UNKNOWN", f"the manifest {part.get('digest')} was not pushed")
        for part in [document.get("config") or {}, *(document.get("layers") or [])]:
            if part and _FOREIGN not in str(part.get("mediaType")) and self.blob(str(part.get("digest"))) is None:
                raise Refusal("MANIFEST_BLOB_UNKNOWN", f"the blob {part.get('digest')} was not pushed")

    def forget(self, name: str, reference: str) -> bool:
        """Remove a tag, or a manifest with its tags; whether it was there."""
        if ":" not in reference:
            path = self._tags(name) / reference
            existed = path.is_file()
            path.unlink(missing_ok=True)
            return existed
        for tag in self.tags(name):
            if self._tagged(name, tag) == reference:
                (self._tags(name) / tag).unlink()
        path = self._manifests(name) / reference.removeprefix("sha256:")
        existed = path.is_file()
        path.unlink(missing_ok=True)
        return existed

    def tags(self, name: str) -> list[str]:
        """A repository's tags, sorted."""
        return sorted(path.name for path in self._tags(name).iterdir()) if self._tags(name).is_dir() else []

    def digests(self, name: str) -> Iterator[str]:
        """The manifests of a repository."""
        folder = self._manifests(name)
        return (f"sha256:{path.name}" for path in sorted(folder.iterdir())) if folder.is_dir() else iter(())

    def names(self) -> list[str]:
        """The repositories, sorted."""
        found = self._repositories.glob("**/_manifests")
        return sorted(str(path.parent.relative_to(self._repositories)) for path in found)

    def _manifests(self, name: str) -> Path:
        return self._repositories / name / "_manifests"

    def _tags(self, name: str) -> Path:
        return self._repositories / name / "_tags"

    def _tagged(self, name: str, tag: str) -> str | None:
        path = self._tags(name) / tag
        return path.read_text() if TAG.fullmatch(tag) and path.is_file() else None


async def _small(content: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in content:
        body += chunk
        if len(body) > _LARGEST_MANIFEST:
            raise Refusal("SIZE_INVALID", "a manifest is at most 4 MiB", status=413)
    return bytes(body)


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal("MANIFEST_INVALID", f"the manifest is not JSON: {error}") from error
    parts = (
        [found.get("config", {}), *found.get("layers", []), *found.get("manifests", [])] if _is_manifest(found) else []
    )
    if not _is_manifest(found) or not all(isinstance(part, dict) for part in parts):
        raise Refusal("MANIFEST_INVALID", "the manifest is neither an image's nor an index")
    return dict(found)


def _is_manifest(found: object) -> bool:
    if not isinstance(found, dict) or found.get("schemaVersion") != 2:
        return False
    return isinstance(found.get("manifests"), list) or isinstance(found.get("layers"), list)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
