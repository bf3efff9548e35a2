"""What an archive of images has in it, read as it goes by to the engine (``docker load``).

In: a stream, of a file or of what a command is fed with. Out: by name the ids; nothing of what is no archive, or is
compressed in a way that this Python does not read.
"""

from __future__ import annotations

import json
import lzma
import shutil
import tarfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from sluice.runners.container.by_steps.image_names import ids_in

_LISTS = ("manifest.json", "index.json")
_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)


def ids_of_file(path: Path) -> dict[str, list[str]]:
    """Those of a file; a pipe is the command's own to read."""
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return _ids(file)
    return {}


def pass_through(source: IO[bytes], sink: IO[bytes]) -> dict[str, list[str]]:
    """Those of a stream, which goes on to ``sink`` to its last byte."""
    found = _ids(cast("IO[bytes]", _Passing(source, sink)))
    shutil.copyfileobj(source, sink)
    return found


class _Passing:
    """Whatever is read of it goes on."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source, self._sink = source, sink

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._sink.write(data)
        return data


def _ids(stream: IO[bytes]) -> dict[str, list[str]]:
    lists: dict[str, Any] = {}
    with suppress(*_BROKEN), tarfile.open(fileobj=stream, mode="r|*") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in _LISTS and (file := archive.extractfile(member)) is not None:
                lists[name] = json.load(file)
    return ids_in(lists)
