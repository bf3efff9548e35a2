"""The artifacts of one run: files with their facts beside them, in the run's folder.

``<name>.zip`` is an archive, ``<name>.raw`` a file that was uploaded as it is, ``<name>.json`` its facts. An upload
appears whole or not at all. Unpacking never writes outside its target.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, structs

from sluice.machine.whole_files import write_whole
from sluice.source.errors import StoreError

DEFAULT_DAYS = 90
"""GitHub keeps an artifact so long, and no longer, unless a repository says otherwise."""
MEASURES = "sluice-measures"
"""How the names of the artifacts with measures begin."""
_DAY = 24 * 60 * 60
UPLOADING = ".uploading-"
"""How the names of uploads begin that are not kept yet; a kill leaves them."""
_LONGEST_NAME = 250
"""Bytes: what a file system takes, less an ending. GitHub allows a few more."""
_FORBIDDEN = '":<>|*?\r\n\\/'


class ArtifactError(StoreError):
    """An artifact can't be kept or unpacked as asked; the message is for the step's log."""


class Artifact(Struct, frozen=True, kw_only=True):
    """What is known of one: ``size`` in bytes, ``digest`` SHA-256 in hex, ``created`` and ``expires`` in seconds since
    1970; ``archive`` is ``False`` for a single file that was not packed.
    """

    name: str
    id: str
    size: int
    digest: str
    created: float
    expires: float
    archive: bool
    path: Path


class Packing(Struct, frozen=True, kw_only=True):
    """How to keep one: ``compression`` 0-9; ``retention_days`` of 0 are the usual ones; without ``archive`` the only
    file is kept as it is. ``merge`` adds to one of the same name, whose files of the same path go.
    """

    overwrite: bool = False
    merge: bool = False
    compression: int = 6
    retention_days: int = 0
    archive: bool = True


class FolderArtifacts:
    """Artifacts in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> tuple[Artifact, ...]:
        """The artifacts that have not expired, by name."""
        paths = sorted([*self._folder.glob("*.zip"), *self._folder.glob("*.raw")])
        now = time.time()
        return tuple(sorted((one for path in paths if (one := _read(path)).expires > now), key=lambda one: one.name))

    def names(self) -> tuple[str, ...]:
        """The artifacts of the run, sorted."""
        return tuple(one.name for one in self.entries())

    def find(self, name: str) -> Artifact | None:
        """The artifact of this name."""
        return next((one for one in self.entries() if one.name == name), None)

    def upload(self, name: str, base: Path, files: Sequence[Path], how: Packing) -> tuple[str, int, str]:
        """Keep ``files`` (relative to ``base``); returns id, size in bytes and SHA-256."""
        check_name(name)
        with self.partial() as partial:
            if how.archive:
                from sluice.store.files.archives import pack  # noqa: PLC0415 (zipfile is loaded for those that upload)

                pack(partial, base, files, how.compression)
            else:
                (single,) = files
                shutil.copyfile(base / single, partial)
            kept = self._merge(name, partial, how) if how.merge else self.adopt(name, partial, how)
        return kept.id, kept.size, kept.digest

    def _merge(self, name: str, partial: Path, how: Packing) -> Artifact:
        """Keep an archive with what there is under its name; one upload at a time, since others may add to it too."""
        from sluice.store.files.archives import add_members  # noqa: PLC0415 (as in ``upload``)

        with (self._folder / ".merging").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.find(name)
            if known is not None and known.archive:
                add_members(partial, known.path)
            return self.adopt(name, partial, structs.replace(how, overwrite=True))

    @contextmanager
    def partial(self) -> Iterator[Path]:
        """A file of the store's own to write an upload to before it is adopted; gone in the end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=UPLOADING)
        os.close(descriptor)
        path = Path(name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def adopt(self, name: str, partial: Path, how: Packing) -> Artifact:
        """Keep a finished file under a name. Raises ``ArtifactError`` for a bad or taken name."""
        check_name(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        if how.overwrite:
            self.delete(name)
        elif self.find(name) is not None:
            raise _taken(name)
        with partial.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        created = time.time()
        number = hashlib.sha256(f"{name}\0{digest}\0{created}".encode()).digest()
        target = self._folder / f"{name}.{'zip' if how.archive else 'raw'}"
        kept = Artifact(
            name=name,
            id=str(int.from_bytes(number[:4], "big")),
            size=partial.stat().st_size,
            digest=digest,
            created=created,
            expires=created + (how.retention_days or DEFAULT_DAYS) * _DAY,
            archive=how.archive,
            path=target,
        )
        try:
            target.hardlink_to(partial)
        except FileExistsError as error:  # another job was faster
            raise _taken(name) from error
        _describe(kept)
        return kept

    def download(self, name: str, target: Path, *, unpack: bool = True) -> int:
        """Unpack into ``target``; returns the number of files. What is no archive is put there as it is."""
        kept = self.find(name)
        if kept is None:
            known = ", ".join(self.names()) or "none"
            raise ArtifactError(
                f"Unable to download artifact(s): Artifact not found for name: {name} (there are: {known})"
            )
        target.mkdir(parents=True, exist_ok=True)
        if not kept.archive or not unpack:
            shutil.copyfile(kept.path, target / (f"{name}.zip" if kept.archive else name))
            return 1
        from sluice.store.files.archives import extract  # noqa: PLC0415 (as in ``upload``)

        return extract(kept.path, target, name)

    def intact(self, name: str) -> bool:
        """Whether the bytes are those that were uploaded."""
        kept = self.find(name)
        if kept is None:
            return False
        with kept.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == kept.digest

    def delete(self, name: str) -> bool:
        """Whether there was one to delete."""
        paths = [self._folder / f"{name}.zip", self._folder / f"{name}.raw"]
        existed = any(path.is_file() for path in paths)
        for path in (*paths, self._folder / f"{name}.json"):
            path.unlink(missing_ok=True)
        return existed


def check_name(name: str) -> None:
    """Raise ``ArtifactError`` for a name that GitHub refuses."""
    bad = sorted({char for char in name if char in _FORBIDDEN})
    if bad:
        raise ArtifactError(f"The artifact name is not valid: {name}. Contains: {' '.join(map(repr, bad))}")
    if not name or name in {".", ".."}:
        raise ArtifactError(f"The artifact name is not valid: '{name}' names no file")
    if len(name.encode()) > _LONGEST_NAME:
        raise ArtifactError(f"The artifact name is longer than {_LONGEST_NAME} bytes: {name}")


def _taken(name: str) -> ArtifactError:
    return ArtifactError(
        "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
        f"an artifact with this name already exists on the workflow run: {name}"
    )


def _read(path: Path) -> Artifact:
    """An archive without facts is of an earlier version: it gets the ones that can be told from it."""
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        given = {key: facts[key] for key in ("id", "size", "digest", "created", "expires")}
    except (OSError, ValueError, KeyError):
        created, digest = path.stat().st_mtime, hashlib.sha256(path.read_bytes()).hexdigest()
        given = {
            "id": str(int(digest[:8], 16)),
            "size": path.stat().st_size,
            "digest": digest,
            "created": created,
            "expires": created + DEFAULT_DAYS * _DAY,
        }
    return Artifact(name=path.name[:-4], archive=path.suffix == ".zip", path=path, **given)


def _describe(kept: Artifact) -> None:
    facts = {key: getattr(kept, key) for key in ("id", "size", "digest", "created", "expires")}
    place = kept.path.with_name(f"{kept.name}.json")
    write_whole(place, json.dumps(facts).encode())
