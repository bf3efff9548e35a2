"""A cache entry's file: tar in zstd. Nothing is unpacked outside of the paths' own folders."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sluice.source.errors import StoreError
from sluice.store.files.cache_members import Unpacking

TRUSTED: dict[str, Any] = {"filter": "fully_trusted"} if hasattr(tarfile, "fully_trusted_filter") else {}
"""How members that were checked, or are one's own, are unpacked: the library's filters came with 3.11.4, and later
versions want one named.
"""


class CacheArchives:
    """Archives of what is in a job's workspace, in its ``home``, and where its ``/tmp`` is (``temporary``)."""

    def __init__(self, home: Path, temporary: Path) -> None:
        self._home = home
        self._temporary = temporary

    def find(self, paths: Sequence[str], workspace: Path) -> list[Path]:
        """What is there of the paths, as a step writes them: with ``~``, relative to ``workspace``, with wildcards."""
        return [place for place in self._places(paths, workspace) if place.exists()]

    def pack(self, target: Path, found: Sequence[Path], workspace: Path) -> None:
        """Write an archive of these places. Raises ``StoreError`` for one outside of the job's folders."""
        import zstandard  # noqa: PLC0415 (only where a cache is used)

        with (
            target.open("wb") as raw,
            zstandard.ZstdCompressor(level=3).stream_writer(raw) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
        ):
            for place in found:
                archive.add(place, arcname=self._member(place, workspace), filter=_kept)

    def unpack(self, source: Path, workspace: Path) -> None:
        """Write what is in an archive to where this job has it.

        Raises ``ValueError`` for a member that leaves its folder, ``OSError`` for what the disk refuses, ``TarError``
        for a damaged archive.
        """
        import zstandard  # noqa: PLC0415 (as above)

        try:
            self._unpack(source, workspace)
        except (zstandard.ZstdError, OverflowError, RecursionError) as error:
            raise tarfile.ReadError(str(error)) from error

    def _unpack(self, source: Path, workspace: Path) -> None:
        import zstandard  # noqa: PLC0415 (as above)

        roots = {name: str(folder) for name, folder in self._roots(workspace).items()}
        with (
            source.open("rb") as raw,
            zstandard.ZstdDecompressor().stream_reader(raw) as packed,
            tarfile.open(fileobj=packed, mode="r:") as archive,
        ):
            members = Unpacking(roots, packed)
            for member in archive:
                members.write(member)
            members.finish()

    def _member(self, place: Path, workspace: Path) -> str:
        """``workspace/...``, ``home/...`` or ``tmp/...``: where an entry is unpacked the job has these elsewhere."""
        for name, folder in self._roots(workspace).items():
            if place.is_relative_to(folder):
                return f"{name}/{place.relative_to(folder).as_posix()}"
        raise StoreError(f"The path {place} is neither in the workspace nor in the home or /tmp of the job")

    def _roots(self, workspace: Path) -> dict[str, Path]:
        return {"workspace": workspace, "home": self._home, "tmp": self._temporary}

    def _places(self, paths: Sequence[str], workspace: Path) -> list[Path]:
        places: list[Path] = []
        for text in paths:
            whole = Path(os.path.normpath(workspace / self._written(text)))
            if any(char in text for char in "*?["):
                places += sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))
            else:
                places.append(whole)
        return places

    def _written(self, text: str) -> str:
        if text.startswith(f"{self._temporary.parent}/"):  # the job's folder itself may be below the machine's /tmp
            return text
        for name, folder in (("~", self._home), ("/tmp", self._temporary)):  # noqa: S108  # nosec B108 - the job's own
            if text == name or text.startswith(f"{name}/"):
                return f"{folder}{text.removeprefix(name)}"
        return text


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """A pipe or a device is left out: an entry that holds one could not be unpacked. Owners are numbers, no names."""
    member.uname = member.gname = ""
    return member if member.isreg() or member.isdir() or member.issym() or member.islnk() else None
