"""Read an image once, layer by layer, and report. In: an archive, what is forbidden. Out: an ``ImageReport``."""

from __future__ import annotations

import tarfile
from pathlib import Path

from sluice.images.archive import Archive, LayerFile, open_archive
from sluice.images.configuration import instructions, read_configuration
from sluice.images.layers import Tree
from sluice.images.manifest import read_contents
from sluice.images.model import Entry, EntryKind, Forbidden, ImageReport, Layer, Package
from sluice.images.packages import reader_of
from sluice.images.policy import HEAD, KEY_MARK, ContentPolicy

_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_LARGEST_LIST = 64 << 20


def analyze(place: Path, policy: ContentPolicy, name: str | None = None, *, pack: bool = False) -> ImageReport:
    """Look into an archive or a layout; ``pack`` finds out what a registry would keep, which takes a while.

    Raises ``UsageError`` for what is no image.
    """
    with open_archive(place) as archive:
        contents = read_contents(archive)
        made = instructions(contents.document, len(contents.layers))
        look = _Look(policy)
        layers = [look.at(archive, file, words) for file, words in zip(contents.layers, made, strict=True)]
        known = pack or all(file.compressed for file in contents.layers)
        packed = sum(map(archive.packed_size, contents.layers)) if known else None
    return ImageReport(
        name=name or contents.name,
        digest=contents.digest,
        configuration=read_configuration(contents.document),
        layers=tuple(layers),
        waste=look.tree.waste(),
        packages=look.packages(),
        forbidden=look.forbidden(),
        packed=packed,
    )


class _Look:
    """What is known after each layer."""

    def __init__(self, policy: ContentPolicy) -> None:
        self.tree = Tree()
        self._policy = policy
        self._packages: dict[str, list[Package]] = {}
        self._forbidden: dict[tuple[str, int], str] = {}
        self._number = 0

    def at(self, archive: Archive, file: LayerFile, words: str) -> Layer:
        """One layer more."""
        entries: list[Entry] = []
        with archive.layer(file) as tar:
            for member in tar:
                entries.append(_entry(member))
                if member.isfile() and entries[-1].kind is EntryKind.FILE:
                    self._look_into(tar, member, entries[-1].path)
        self.tree.add(entries)
        self._number += 1
        files = [entry for entry in entries if entry.kind is EntryKind.FILE]
        return Layer(
            digest=file.digest,
            instruction=words,
            size=sum(entry.size for entry in files),
            packed=file.size,
            files=len(files),
        )

    def _look_into(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        reason = self._policy.reason(path)
        read = reader_of(path)
        if reason is None and self._policy.may_be_key(path):
            reason = "a private key" if KEY_MARK.search(_content(tar, member, HEAD)) else None
        elif read is not None and member.size <= _LARGEST_LIST:
            self._packages[path] = list(read(_content(tar, member, member.size).decode("utf-8", "replace")))
        if reason is not None:
            self._forbidden[path, self._number] = reason

    def packages(self) -> tuple[Package, ...]:
        """Those whose list is to be seen in the end."""
        found = {package for path, listed in self._packages.items() if self.tree.visible(path) for package in listed}
        return tuple(sorted(found, key=lambda one: (one.kind, one.name, one.version)))

    def forbidden(self) -> tuple[Forbidden, ...]:
        """By layer and path."""
        return tuple(
            Forbidden(path=path, layer=layer + 1, reason=reason, hidden=not self.tree.visible(path))
            for (path, layer), reason in sorted(self._forbidden.items(), key=lambda one: (one[0][1], one[0][0]))
        )


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    file = tar.extractfile(member)
    return b"" if file is None else file.read(limit)


def _entry(member: tarfile.TarInfo) -> Entry:
    path = member.name.removeprefix("./").strip("/")
    folder, _, name = path.rpartition("/")
    if name == _OPAQUE:
        return Entry(path=folder, size=0, kind=EntryKind.EMPTYING)
    if name.startswith(_WHITEOUT):
        hidden = name.removeprefix(_WHITEOUT)
        return Entry(path=f"{folder}/{hidden}" if folder else hidden, size=0, kind=EntryKind.DELETION)
    if member.isdir():
        return Entry(path=path, size=0, kind=EntryKind.FOLDER)
    regular = member.isfile()
    return Entry(path=path, size=member.size if regular else 0, kind=EntryKind.FILE if regular else EntryKind.OTHER)
