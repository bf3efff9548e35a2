"""Members of a cache entry's archive: each is checked, then written with as few calls as it takes.

The library's own ``extract`` asks more of the disk and of its filters for each, and a virtual environment has tens of
thousands.
"""

from __future__ import annotations

import contextlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_AT_ONCE = 1024 * 1024


class Unpacking:
    """Writes members below the folders that their first names stand for (``roots``).

    ``content`` is the archive itself: what follows a member's header is what is in it.
    """

    def __init__(self, roots: dict[str, str], content: IO[bytes]) -> None:
        self._roots = roots
        self._content = content
        self._parents = _Parents()
        self._made: set[str] = set()
        self._folders: dict[str, tarfile.TarInfo] = {}
        self._owner = (os.geteuid(), os.getegid())

    def write(self, member: tarfile.TarInfo) -> None:
        """Raises ``ValueError`` for one that leaves its folder, ``OSError`` for what the disk refuses,
        ``OverflowError`` for an owner or a time that no disk has.
        """
        name, _, rest = member.name.partition("/")
        if name not in self._roots or rest.startswith("/"):
            raise ValueError(f"the member '{member.name}' leaves its folder")
        member.name = rest or "."
        root = self._roots[name]
        place = _checked(member, root, self._parents)
        source = self._source(member, root) if member.islnk() else ""
        self._make_folder(place.rpartition("/")[0])
        self._make(member, place, source)

    def finish(self) -> None:
        """Describe the folders, the inmost first: one that nobody may write to takes nothing more, and each member
        that was written gave its folder a new time.
        """
        for place in sorted(self._folders, reverse=True):
            self._describe(place, self._folders[place])

    def _source(self, member: tarfile.TarInfo, root: str) -> str:
        """The other name of a hard link, which may lie below another root: uv links environments to its cache."""
        name, _, rest = member.linkname.partition("/")
        folder, rest = (self._roots[name], rest) if name in self._roots else (root, member.linkname)
        source = f"{folder}/{rest}"
        if not _is_inside(os.path.realpath(source), self._parents[folder]):
            raise ValueError(f"the member '{member.name}' is a link that leaves its folder")
        return source

    def _make(self, member: tarfile.TarInfo, place: str, source: str) -> None:
        if member.isreg():
            self._make_file(member, place)
        elif member.isdir():
            self._make_folder(place)
            self._folders[place] = member
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(place)  # noqa: PTH108 - paths are text here
            if member.issym():
                os.symlink(member.linkname, place)  # noqa: PTH211 - as above
                self._parents.clear()
            else:
                os.link(source, place)

    def _make_file(self, member: tarfile.TarInfo, place: str) -> None:
        """A new file: what stood there may have other names, which keep what is in it."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            number = os.open(place, flags, 0o600)
        except FileExistsError:
            os.unlink(place)  # noqa: PTH108 - as above
            number = os.open(place, flags, 0o600)
        with os.fdopen(number, "wb", buffering=0) as file:
            for size in _parts(member.size):
                content = self._content.read(size)
                if len(content) < size:
                    raise tarfile.ReadError(f"it ends within '{member.name}'")
                file.write(content)
            self._describe(file.fileno(), member)

    def _make_folder(self, folder: str) -> None:
        if folder not in self._made:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self._made.add(folder)

    def _describe(self, place: int | str, member: tarfile.TarInfo) -> None:
        """Owner where one may give files away, mode without rights of others to write, time."""
        if self._owner[0] == 0 and (member.uid, member.gid) != self._owner:
            os.chown(place, member.uid, member.gid)
        os.chmod(place, member.mode & 0o755)  # noqa: PTH101 - as above
        os.utime(place, (member.mtime, member.mtime))


class _Parents(dict[str, str]):
    """Folders with their links followed, asked of the disk once; a link that comes or goes makes all unknown."""

    def __missing__(self, folder: str) -> str:
        found = self[folder] = os.path.realpath(folder)
        return found


def _checked(member: tarfile.TarInfo, root: str, parents: _Parents) -> str:
    """Where a member is written: only files, folders and links, and only such as lie inside ``root``.

    A symbolic link may point anywhere, as a virtual environment's to its Python does: nothing is written through one.
    Paths are text here: an environment has tens of thousands, and objects took a quarter of the time of them all.
    """
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise ValueError(f"the member '{member.name}' is a device or a pipe")
    place = os.path.normpath(f"{root}/{member.name}")
    targets = (place, parents[place.rpartition("/")[0]])
    if not all(_is_inside(target, root) or _is_inside(target, parents[root]) for target in targets):
        raise ValueError(f"the member '{member.name}' leaves its folder")
    if os.path.islink(place) and place != root:  # noqa: PTH114 - as said
        Path(place).unlink()
        parents.clear()
    return place


def _parts(size: int) -> Iterator[int]:
    for start in range(0, size, _AT_ONCE):
        yield min(_AT_ONCE, size - start)


def _is_inside(place: str, folder: str) -> bool:
    return f"{place}/".startswith(f"{folder}/")
