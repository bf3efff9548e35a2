"""The artifacts of one run: a zip archive each, in the run's folder. Unpacking never writes outside its target."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from sluice.source.errors import StoreError

_FORBIDDEN = '":<>|*?\r\n\\/'
_MOST_RATIO = 1_000
_FREE_SIZE = 100 << 20


class ArtifactError(StoreError):
    """An artifact can't be kept or unpacked as asked; the message is for the step's log."""


class FolderArtifacts:
    """Archives ``<name>.zip`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """The artifacts of the run, sorted."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.zip")))

    def upload(
        self, name: str, base: Path, files: Sequence[Path], *, overwrite: bool, compression: int
    ) -> tuple[str, int, str]:
        """Keep ``files`` (relative to ``base``); returns id, size in bytes and SHA-256."""
        _check_name(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / f"{name}.zip"
        if target.exists() and not overwrite:
            raise ArtifactError(
                f"Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: "
                f"an artifact with this name already exists on the workflow run: {name}"
            )
        partial = self._folder / f".{name}.{os.getpid()}.part"
        try:
            _write(partial, base, files, compression)
            digest = hashlib.sha256(partial.read_bytes()).hexdigest()
            _publish(partial, target, overwrite=overwrite)
        finally:
            partial.unlink(missing_ok=True)
        return str(int(digest[:8], 16)), target.stat().st_size, digest

    def download(self, name: str, target: Path) -> int:
        """Unpack into ``target``; returns the number of files."""
        path = self._folder / f"{name}.zip"
        if not path.is_file():
            known = ", ".join(self.names()) or "none"
            raise ArtifactError(
                f"Unable to download artifact(s): Artifact not found for name: {name} (there are: {known})"
            )
        with zipfile.ZipFile(path) as archive:
            members = [_checked(member, target) for member in archive.infolist() if not member.is_dir()]
            for member, place in members:
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, place.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
        return len(members)

    def delete(self, name: str) -> bool:
        """Whether there was one to delete."""
        path = self._folder / f"{name}.zip"
        existed = path.is_file()
        path.unlink(missing_ok=True)
        return existed


def _check_name(name: str) -> None:
    bad = sorted({char for char in name if char in _FORBIDDEN})
    if not name or bad or name in {".", ".."}:
        raise ArtifactError(f"The artifact name is not valid: {name}. Contains: {' '.join(map(repr, bad))}")


def _write(path: Path, base: Path, files: Sequence[Path], compression: int) -> None:
    method = zipfile.ZIP_DEFLATED if compression else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method, compresslevel=compression or None, strict_timestamps=False) as archive:
        for file in sorted(files):
            archive.write(base / file, PurePosixPath(file).as_posix())


def _publish(partial: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        partial.replace(target)
        return
    try:
        target.hardlink_to(partial)
    except FileExistsError as error:
        raise ArtifactError(f"an artifact with this name already exists on the workflow run: {target.stem}") from error


def _checked(member: zipfile.ZipInfo, target: Path) -> tuple[zipfile.ZipInfo, Path]:
    place = (target / member.filename).resolve()
    if not place.is_relative_to(target.resolve()) or stat.S_ISLNK(member.external_attr >> 16):
        raise ArtifactError(f"The artifact has a member that leaves its folder: {member.filename}")
    if member.file_size > _FREE_SIZE and member.file_size > _MOST_RATIO * max(1, member.compress_size):
        raise ArtifactError(f"The artifact has a member that unpacks to {member.file_size} bytes: {member.filename}")
    return member, place
