"""An append-only file in segments: lines in, one write of the operating system each; positions out for who reads.

A line is in the file when `append` returns, so it survives the death of the process, `kill -9` too. (Of a machine that
loses power, what the kernel hadn't written yet is lost: some seconds at most.) It knows nothing of what the lines mean.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SUFFIX = ".journal"


class Position(NamedTuple):
    """A place between two lines. Positions of one journal compare as the lines around them follow each other."""

    segment: int
    offset: int


class Journal:
    """The writing end. Raises ``OSError`` where the disk is full or fails; then nothing of the line is there."""

    def __init__(self, folder: Path, *, segment_bytes: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._sizes: dict[int, int] = {}
        self.size = 0
        """Bytes of all segments."""
        self._descriptor = -1
        self._segment = 0
        self._open_next()

    @property
    def end(self) -> Position:
        """Behind the last line."""
        return Position(self._segment, self._sizes[self._segment])

    def append(self, line: bytes) -> None:
        """Write one line, which ends with a newline, in one call."""
        offset = self._sizes[self._segment]
        if offset and offset + len(line) > self._segment_bytes:
            self._open_next()
            offset = 0
        written = os.write(self._descriptor, line)
        if written < len(line):
            os.ftruncate(self._descriptor, offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(segment_path(self._folder, self._segment)))
        self._sizes[self._segment] = offset + written
        self.size += written

    def rotate(self) -> None:
        """Begin a new segment, unless the present one is empty."""
        if self._sizes[self._segment]:
            self._open_next()

    def remove(self, segment: int) -> None:
        """Give back the space of a segment that isn't written to any more."""
        segment_path(self._folder, segment).unlink(missing_ok=True)
        self.size -= self._sizes.pop(segment, 0)

    def close(self) -> None:
        """Close the file; what is in it stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open_next(self) -> None:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(segment_path(self._folder, self._segment + 1), flags, 0o600)
        self.close()
        self._descriptor = descriptor
        self._segment += 1
        self._sizes[self._segment] = 0


class Tail:
    """The reading end of a folder of segments: chunks of whole lines, in order, from the first segment on."""

    def __init__(self, folder: Path, *, chunk_bytes: int) -> None:
        self._folder = folder
        self._chunk_bytes = chunk_bytes
        self._offset = 0
        self.segment = min(segments(folder), default=1)
        """The segment that is being read; those before it have been read."""
        self.torn = 0
        """Segments that ended in the middle of a line. A whole chunk without a line's end is passed over, as damage."""

    @property
    def position(self) -> Position:
        """Behind the last line that was read."""
        return Position(self.segment, self._offset)

    def read(self, end: Position) -> list[bytes]:
        """The next lines before ``end``, at most a chunk of them; none when all have been read."""
        while True:
            data = self._read_chunk(end)
            cut = data.rfind(b"\n") + 1
            if cut:
                self._offset += cut
                return data[:cut].split(b"\n")[:-1]
            if len(data) == self._chunk_bytes:
                self._offset += len(data)
                continue
            if data:
                self.torn += 1
            if self.segment >= end.segment:
                self._offset = max(self._offset, end.offset)
                return []
            self.segment = min(
                (number for number in segments(self._folder) if number > self.segment), default=end.segment
            )
            self._offset = 0

    def _read_chunk(self, end: Position) -> bytes:
        count = self._chunk_bytes
        if self.segment == end.segment:
            count = min(count, end.offset - self._offset)
        with contextlib.suppress(FileNotFoundError), segment_path(self._folder, self.segment).open("rb", 0) as file:
            return os.pread(file.fileno(), count, self._offset) if count > 0 else b""
        return b""


def segments(folder: Path) -> Iterator[int]:
    """The numbers of the segments in a folder, unsorted."""
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            stem, dot, suffix = entry.name.partition(".")
            if dot + suffix == SUFFIX and stem.isdigit():
                yield int(stem)


def segment_path(folder: Path, segment: int) -> Path:
    """The file of a segment."""
    return folder / f"{segment:08}{SUFFIX}"
