"""GitHub's CacheService (version 2): what ``@actions/cache`` calls, over the repository's cache entries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import anyio.to_thread

from sluice.actions.results.blobs import Blobs
from sluice.actions.results.messages import Message, Method, ServiceError
from sluice.store.files.caches import FolderCaches

_LONGEST_KEY = 512


class CacheService:
    """``address`` makes a signed address of a method and a path; ``saved`` is told key and size of what was kept,
    ``looked_up`` the key, the key that matched or ``None``, and the size.
    """

    def __init__(
        self,
        kept: FolderCaches,
        blobs: Blobs,
        *,
        address: Callable[[str, str], str],
        saved: Callable[[str, int], None],
        looked_up: Callable[[str, str | None, int], None],
    ) -> None:
        self._kept = kept
        self._blobs = blobs
        self._address = address
        self._saved = saved
        self._looked_up = looked_up
        self._offered: dict[str, Path] = {}

    def offered(self, name: str) -> Path | None:
        """The entry that an address leads to."""
        return self._offered.get(name)

    @property
    def methods(self) -> dict[str, Method]:
        """The service's methods by the names of its protocol."""
        return {
            "CreateCacheEntry": self.create,
            "FinalizeCacheEntryUpload": self.finalize,
            "GetCacheEntryDownloadURL": self.find,
        }

    async def create(self, message: Message) -> Message:
        """Promise a key, and say where to upload."""
        key, version = _key(message)
        if self._kept.has(key, version):
            raise ServiceError("already_exists", "cache entry with the same key, version, and scope already exists")
        self._blobs.drop(_blob(key, version))
        return {"ok": True, "signed_upload_url": self._address("PUT", f"uploads/{_blob(key, version)}")}

    async def finalize(self, message: Message) -> Message:
        """Keep what was uploaded, if it is all there."""
        key, version = _key(message)
        blob = self._blobs.open(_blob(key, version))
        if not blob.complete:
            raise ServiceError("not_found", f"nothing was uploaded for the cache entry '{key}'")
        wanted, size = str(message.get("size_bytes", "")), blob.path.stat().st_size
        if wanted and wanted != str(size):
            raise ServiceError("invalid_argument", f"the cache entry '{key}' has {size} bytes, not {wanted}")
        kept = await anyio.to_thread.run_sync(self._kept.adopt, key, version, blob.path)
        self._blobs.drop(_blob(key, version))
        if not kept:
            raise ServiceError("already_exists", "cache entry with the same key, version, and scope already exists")
        self._saved(key, size)
        return {"ok": True, "entry_id": "1"}

    async def find(self, message: Message) -> Message:
        """Where to download the entry that fits best; not ``ok`` when there is none."""
        key, version = _key(message)
        given = message.get("restore_keys")
        others = [str(other) for other in given] if isinstance(given, list) else []
        found = self._kept.find_version((key, *others), version)
        if found is None:
            self._looked_up(key, None, 0)
            return {"ok": False}
        matched, path = found
        self._looked_up(key, matched, path.stat().st_size)
        name = f"{path.parent.name}/{path.name}"
        self._offered[name] = path
        return {"ok": True, "signed_download_url": self._address("GET", f"caches/{name}"), "matched_key": matched}


def _key(message: Message) -> tuple[str, str]:
    key, version = str(message.get("key", "")), str(message.get("version", ""))
    if not key or not version or len(key) > _LONGEST_KEY or "," in key:
        raise ServiceError("invalid_argument", f"'{key}' is no key of a cache entry")
    return key, version


def _blob(key: str, version: str) -> str:
    return f"caches/{hashlib.sha256(f'{version} {key}'.encode()).hexdigest()}"
