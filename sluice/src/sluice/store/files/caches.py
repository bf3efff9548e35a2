"""Cache entries of a repository on this machine: what ``actions/cache`` keeps between runs.

An entry never changes. It is found by its key and its version, a digest of the paths it was made of; a ref sees its own
entries and those of its base and of the default branch (docs.github.com: caching dependencies).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from sluice.machine.whole_files import write_whole
from sluice.source.errors import StoreError
from sluice.store.files.cache_archives import CacheArchives

DEFAULT_LIMIT = 10 * 1000**3
"""Bytes of all entries of a repository; GitHub's bound."""
_SAVING = ".saving-"
"""How the names of entries begin that are not whole yet; a kill leaves them."""
_ABANDONED = 24 * 60 * 60
"""Seconds after the last byte."""


class _Entry(Struct, frozen=True, kw_only=True):
    path: Path
    key: str
    ref: str
    created: float


class FolderCaches:
    """Entries in a folder. ``refs`` is the own ref first, then those whose entries may be read; ``temporary`` is
    where the job's ``/tmp`` is.
    """

    def __init__(
        self, folder: Path, *, refs: Sequence[str], home: Path, temporary: Path, limit: int = DEFAULT_LIMIT
    ) -> None:
        self._folder = folder
        self._refs = tuple(dict.fromkeys(refs))
        self._archives = CacheArchives(home, temporary)
        self._limit = limit

    def find(self, keys: Sequence[str], paths: Sequence[str]) -> str | None:
        """The key that matches: each in order, exactly or else as a prefix of the newest entry's."""
        found = self._match(keys, _version(paths))
        return None if found is None else found.key

    def find_version(self, keys: Sequence[str], version: str) -> tuple[str, Path] | None:
        """Key and file of the entry that matches, among those that somebody else packed under ``version``."""
        found = self._match(keys, _foreign(version))
        if found is None:
            return None
        os.utime(found.path)
        return found.key, found.path

    def has(self, key: str, version: str) -> bool:
        """Whether the own ref has an entry that somebody else packed under this key and version."""
        return _is_described(self._place(self._refs[0], key, _foreign(version)))

    def adopt(self, key: str, version: str, packed: Path) -> bool:
        """Keep a file that somebody else packed; ``False`` when the key is there."""
        target = self._place(self._refs[0], key, _foreign(version))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _partial(target.parent) as partial:
            shutil.copyfile(packed, partial)
            return self._publish(partial, target, key)

    def restore(self, key: str, paths: Sequence[str], workspace: Path) -> int:
        """Unpack an entry; returns its size in bytes. Raises ``StoreError`` for one that can't be unpacked."""
        found = self._match((key,), _version(paths))
        if found is None or found.key != key:
            raise StoreError(f"The cache entry '{key}' is gone")
        try:
            self._archives.unpack(found.path, workspace)
        except (OSError, tarfile.TarError, ValueError) as error:
            if isinstance(error, tarfile.TarError):
                _remove(found.path)  # damaged: it would keep the next job from saving one that can be used
            raise StoreError(f"The cache entry '{key}' can't be unpacked: {error}") from error
        os.utime(found.path)
        return found.path.stat().st_size

    def save(self, key: str, paths: Sequence[str], workspace: Path) -> int | None:
        """Size in bytes, ``None`` when the key is there. Raises ``StoreError`` when there is nothing to keep."""
        target = self._place(self._refs[0], key, _version(paths))
        if _is_described(target):
            return None
        found = self._archives.find(paths, workspace)
        if not found:
            raise StoreError("Path Validation Error: Path(s) specified in the action for caching do(es) not exist")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _partial(target.parent) as partial:
            self._archives.pack(partial, found, workspace)
            self._publish(partial, target, key)  # when another process was faster its entry stands
        return target.stat().st_size

    def _publish(self, partial: Path, target: Path, key: str) -> bool:
        if not _is_described(target):
            _describe(target, key, self._refs[0])  # first: an entry without it is never found
        try:
            target.hardlink_to(partial)
        except FileExistsError:
            return False
        self._evict(keep=target)
        return True

    def _place(self, ref: str, key: str, version: str) -> Path:
        name = hashlib.sha256(f"{ref}\0{key}".encode()).hexdigest()[:32]
        return self._folder / version / f"{name}.tar.zst"

    def _match(self, keys: Sequence[str], version: str) -> _Entry | None:
        entries = sorted(self._entries(version), key=lambda entry: -entry.created)
        for ref in self._refs:
            own = [entry for entry in entries if entry.ref == ref]
            for key in keys:
                exact = next((entry for entry in own if entry.key == key), None)
                prefixed = next((entry for entry in own if entry.key.startswith(key)), None)
                if exact or prefixed:
                    return exact or prefixed
        return None

    def _entries(self, version: str) -> Iterator[_Entry]:
        for path in (self._folder / version).glob("*.tar.zst"):
            try:
                facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
                yield _Entry(path=path, key=facts["key"], ref=facts["ref"], created=facts["created"])
            except (OSError, ValueError, KeyError):
                continue

    def _evict(self, keep: Path) -> None:
        """What killed processes left goes, then least recently used entries until the rest fits."""
        for path in self._folder.glob(f"*/{_SAVING}*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink()
        entries = sorted(self._uses())
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= self._limit:
                return
            if path != keep:
                total -= size
                _remove(path)

    def _uses(self) -> Iterator[tuple[float, int, Path]]:
        """When each entry was last used, and its size; another process may remove some meanwhile."""
        for path in self._folder.glob("*/*.tar.zst"):
            with contextlib.suppress(FileNotFoundError):
                found = path.stat()
                yield found.st_mtime, found.st_size, path


def _version(paths: Sequence[str]) -> str:
    return hashlib.sha256("\0".join([*paths, "zstd", "1"]).encode()).hexdigest()[:32]


def _foreign(version: str) -> str:
    """Versions that others made up are no names of folders."""
    return hashlib.sha256(f"foreign {version}".encode()).hexdigest()[:32]


@contextlib.contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=_SAVING, delete=False) as file:
        path = Path(file.name)
    try:
        yield path
    finally:
        path.unlink()


def _is_described(entry: Path) -> bool:
    """Whether both files of an entry are there: a kill, or a full disk, may leave one."""
    return entry.exists() and entry.with_suffix(".json").exists()


def _remove(entry: Path) -> None:
    entry.unlink(missing_ok=True)
    entry.with_suffix(".json").unlink(missing_ok=True)


def _describe(target: Path, key: str, ref: str) -> None:
    facts = {"key": key, "ref": ref, "created": time.time()}
    write_whole(target.with_suffix(".json"), json.dumps(facts).encode())
