"""The servers fetched to this machine: each whole or not there at all, by several processes at once.

Layout: ``servers/<server>-<version>-<build>/`` holds the files, and ``sluice.json`` beside them names every file with
its size and time, so that a damaged server is noticed for the price of a look at its folder.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from sluice.services.embedded.folders import Folders, locked, own_place
from sluice.source.errors import UnavailableError

_MANIFEST = "sluice.json"


class ServerCache:
    """The folder of fetched servers."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def names(self) -> list[str]:
        """Every server here, damaged ones too."""
        return sorted(entry.name for entry in self._folders.servers.iterdir())

    def damage(self, name: str) -> str | None:
        """What is wrong with a server here, or ``None``."""
        return find_damage(self._folders.servers / name)

    def get(self, name: str, fetch: Callable[[Path], None]) -> Path:
        """A server's folder; ``fetch`` fills an empty folder with its files when it is not here or damaged."""
        target = self._folders.servers / name
        if find_damage(target) is None:
            return target
        with locked(self._folders.locks / name):
            if find_damage(target) is not None:
                self._fill(target, fetch)
        return target

    def _fill(self, target: Path, fetch: Callable[[Path], None]) -> None:
        place = own_place(self._folders.root, f".fetching-{target.name}@")
        try:
            files = place / "files"
            files.mkdir()
            fetch(files)
            _open_folders(files)
            _write_manifest(files)
            _put_aside(target, place / "damaged")
            files.rename(target)
        except OSError as error:
            raise _cannot_keep(target, error) from error
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _cannot_keep(target: Path, error: OSError) -> UnavailableError:
    free = shutil.disk_usage(target.parent).free >> 20
    return UnavailableError(
        f"{target.name} can't be kept in {target.parent}: {error.strerror or error}",
        tried=[f"{free} MB are free there; a server takes about 100"],
        hint="make room, or set SLUICE_HOME to a folder elsewhere",
    )


def _open_folders(files: Path) -> None:
    """Let another user run what is there, whatever the umask."""
    for path, _, _ in os.walk(files):
        Path(path).chmod(0o755)


def _put_aside(target: Path, place: Path) -> None:
    if target.exists():
        target.rename(place)


def find_damage(folder: Path) -> str | None:
    """What is wrong with a server's folder, or ``None``. Contents are known by size and time of change."""
    try:
        expected = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "its list of files is missing"
    found = dict(_entries(folder))
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            return f"{name} is " + ("missing" if name not in found else "changed")
    return None


def _entries(folder: Path) -> Iterator[tuple[str, list[int]]]:
    root = os.fspath(folder)
    for path, _, names in os.walk(root):
        for name in names:
            full = os.path.join(path, name)  # noqa: PTH118 - a thousand files at each start: Path is five times slower
            found = os.lstat(full)
            if name != _MANIFEST:
                yield full[len(root) + 1 :], [found.st_size, found.st_mtime_ns]


def _write_manifest(folder: Path) -> None:
    text = json.dumps(dict(_entries(folder)), indent=0, sort_keys=True)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")
