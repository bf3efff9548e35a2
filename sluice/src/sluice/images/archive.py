"""An image's files: a ``docker save`` archive, an OCI layout, packed or as a folder. Layers are read as streams.

Paths of an archive are names in it and never become paths of this machine.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from msgspec import Struct

from sluice.source.errors import UsageError

_LARGEST_DOCUMENT = 16 << 20
_CHUNK, _GZIP_BITS = 1 << 20, 31
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class LayerFile(Struct, frozen=True, kw_only=True):
    """Where a layer is; ``size`` as it lies there, in bytes."""

    name: str
    digest: str
    size: int
    compressed: bool


class Archive:
    """An opened image archive; ``open_archive`` makes one."""

    def __init__(self, place: Path, tar: tarfile.TarFile | None) -> None:
        self.place = place
        self._tar = tar
        self._members = {member.name.removeprefix("./"): member for member in tar.getmembers()} if tar else {}

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A file of the archive. Raises ``UsageError`` when it has none of that name."""
        found = self._found(name)
        if found is None:
            raise UsageError(f"{self.place} is no whole image: it has no {name}")
        with found:
            yield found

    def _found(self, name: str) -> IO[bytes] | None:
        if self._tar is not None:
            member = self._members.get(name)
            for _ in range(8):  # docker save makes links between equal layers
                if member is None or not member.issym():
                    break
                member = self._members.get(str((Path("/") / name).parent.joinpath(member.linkname).resolve())[1:])
            return None if member is None else self._tar.extractfile(member)
        path = (self.place / name).resolve()
        return path.open("rb") if path.is_relative_to(self.place.resolve()) and path.is_file() else None

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._members if self._tar is not None else (self.place / name).is_file()

    def size(self, name: str) -> int:
        """In bytes."""
        with self.open(name) as file:
            return file.seek(0, io.SEEK_END)

    def document(self, name: str) -> Any:  # noqa: ANN401 (JSON of any kind)
        """A JSON file. Raises ``UsageError``."""
        with self.open(name) as file:
            try:
                return json.loads(file.read(_LARGEST_DOCUMENT))
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{self.place}: {name} is not JSON: {error}") from error

    @contextmanager
    def layer(self, layer: LayerFile) -> Iterator[tarfile.TarFile]:
        """A layer as a stream of entries."""
        with self.open(layer.name) as file, _unpacked(file) as stream:
            try:
                with tarfile.open(fileobj=stream, mode="r|") as tar:
                    yield tar
            except (tarfile.TarError, EOFError, OSError) as error:
                raise UsageError(f"{self.place}: the layer {layer.digest} can't be read: {error}") from error

    def packed_size(self, layer: LayerFile) -> int:
        """What a registry would keep of a layer, in bytes: engines pack by gzip's usual level when they push."""
        if layer.compressed:
            return layer.size
        packer, size = zlib.compressobj(wbits=_GZIP_BITS), 0
        with self.open(layer.name) as file:
            while chunk := file.read(_CHUNK):
                size += len(packer.compress(chunk))
        return size + len(packer.flush())


@contextmanager
def open_archive(place: Path) -> Iterator[Archive]:
    """Open an archive or a layout's folder. Raises ``UsageError``."""
    if place.is_dir():
        yield Archive(place, None)
        return
    try:
        with tarfile.open(place, "r:*") as tar:
            yield Archive(place, tar)
    except (tarfile.TarError, EOFError) as error:
        why = "it is no tar archive" if "\n" in str(error) else error  # what each way of packing says of it
        raise UsageError(f"{place} is neither an archive of an image nor an OCI layout: {why}") from error
    except OSError as error:
        raise UsageError(f"{place} can't be read: {error.strerror or error}") from error


@contextmanager
def _unpacked(file: IO[bytes]) -> Iterator[IO[bytes]]:
    start = file.read(4)
    file.seek(0)
    if start.startswith(_GZIP):
        with gzip.GzipFile(fileobj=file) as stream:
            yield cast("IO[bytes]", stream)
    elif start == _ZSTD:
        import zstandard  # noqa: PLC0415 (few layers need it)

        with zstandard.ZstdDecompressor().stream_reader(file, closefd=False) as reader:
            yield cast("IO[bytes]", reader)
    else:
        yield file


def is_compressed(archive: Archive, name: str) -> bool:
    """Whether a layer is kept packed."""
    with archive.open(name) as file:
        start = file.read(4)
    return start.startswith(_GZIP) or start == _ZSTD
