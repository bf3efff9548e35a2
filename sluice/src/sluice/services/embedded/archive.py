"""Unpacks a server's package: an npm archive of which the folder ``native`` is wanted.

In: the archive, an empty folder. Out: the files of ``package/native/`` in that folder, with the links that the package
lists (npm archives carry none). An archive is not trusted: nothing of it lands outside, and it can't fill the disk.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from sluice.source.errors import UnavailableError

_PREFIX = "package/native/"
_LINKS = "pg-symlinks.json"
_MOST_BYTES = 1 << 30
_CHUNK = 1 << 20


def unpack(archive: Path, folder: Path) -> None:
    """Unpack into ``folder``. Raises ``UnavailableError`` for an archive that is damaged or reaches outside, and
    ``OSError`` when the disk is full.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in _wanted(tar):
                _write(tar, member, folder / _inside(member.name.removeprefix("package/")))
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UnavailableError(f"{archive.name} can't be unpacked: {error}") from error
    _make_links(folder)


def _wanted(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The files below ``package/native/``. Python's own filters for archives are missing in its earlier 3.11s."""
    size = 0
    for member in tar:
        if not member.name.startswith(_PREFIX) or member.isdir():
            continue
        if not member.isreg():
            raise UnavailableError(f"The package holds '{member.name}', which is neither a file nor a folder")
        size += member.size
        if size > _MOST_BYTES:
            raise UnavailableError(f"The package unpacks to more than {_MOST_BYTES >> 30} GiB")
        yield member


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    if content is not None:
        with content, place.open("wb") as file:
            shutil.copyfileobj(content, file, _CHUNK)
            os.fchmod(file.fileno(), 0o755 if member.mode & 0o111 else 0o644)


def _make_links(folder: Path) -> None:
    try:
        links = json.loads((folder / _LINKS).read_text(encoding="utf-8"))
        pairs = [(_inside(link["source"]), _inside(link["target"])) for link in links]
    except FileNotFoundError:
        return
    except (ValueError, TypeError, KeyError) as error:
        raise UnavailableError(f"The package's list of links can't be read: {error}") from error
    for source, target in pairs:
        place = folder / target
        if not place.exists():
            place.symlink_to(Path(*[".."] * (len(target.parts) - 1), *source.parts))


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.parts[:1] != ("native",) or path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        raise UnavailableError(f"The package has a file or link '{name}', which is outside of it")
    return PurePosixPath(*path.parts[1:])
