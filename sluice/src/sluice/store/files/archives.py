"""Files of an artifact to an archive and back. In: paths. Out: paths. Unpacking never writes outside its target."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from sluice.store.files.artifacts import ArtifactError

_FORBIDDEN = '":<>|*?\r\n'
_MOST_RATIO = 1_000
_FREE_SIZE = 100 << 20


def pack(path: Path, base: Path, files: Sequence[Path], compression: int) -> None:
    """Write ``files`` (relative to ``base``) to an archive; ``compression`` 0-9. Raises ``ArtifactError``."""
    method = zipfile.ZIP_DEFLATED if compression else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method, compresslevel=compression or None, strict_timestamps=False) as archive:
        for file in sorted(files):
            check_path(PurePosixPath(file).as_posix())
            archive.write(base / file, PurePosixPath(file).as_posix())


def add_members(path: Path, other: Path) -> None:
    """The members of another archive that this one hasn't, added to it."""
    with zipfile.ZipFile(path, "a") as archive, zipfile.ZipFile(other) as more:
        known = set(archive.namelist())
        for member in more.infolist():
            if member.filename not in known:
                with more.open(member) as source, archive.open(member, "w", force_zip64=True) as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)


def check_path(path: str) -> None:
    """Raise ``ArtifactError`` for the path of a file that could not be unpacked on every system."""
    bad = sorted({char for char in path if char in _FORBIDDEN})
    if bad:
        raise ArtifactError(
            f"The path for one of the files in artifact is not valid: {path}. Contains: {' '.join(map(repr, bad))}"
        )


def extract(path: Path, target: Path, name: str) -> int:
    """The number of files that came out of the archive of the artifact ``name``. Raises ``ArtifactError``."""
    try:
        return _unpack(path, target)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ArtifactError(f"The artifact {name} can't be unpacked: {error}") from error


def _unpack(path: Path, target: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        members = [_checked(member, target) for member in archive.infolist() if not member.is_dir()]
        for member, place in members:
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, place.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    return len(members)


def _checked(member: zipfile.ZipInfo, target: Path) -> tuple[zipfile.ZipInfo, Path]:
    place = (target / member.filename).resolve()
    if not place.is_relative_to(target.resolve()) or stat.S_ISLNK(member.external_attr >> 16):
        raise ArtifactError(f"The artifact has a member that leaves its folder: {member.filename}")
    if member.file_size > _FREE_SIZE and member.file_size > _MOST_RATIO * max(1, member.compress_size):
        raise ArtifactError(f"The artifact has a member that unpacks to {member.file_size} bytes: {member.filename}")
    return member, place
