"""A journal as a source of batches: its lines in pairs, and the segments that nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from loka_stratum.storage.journal import Position, Tail, segment_path, segments
from loka_stratum.storage.ledger import JournalLedger
from loka_stratum.storage.pairing import Pairing, Settled
from loka_stratum.storage.records import decode_line, encode_line

CHUNK_BYTES = 128 << 10
"""What is read at once; the most of a backlog that is in memory."""

_MOST_REPEATED = 4
"""A segment is written again only if what waits in it is at most one in so many bytes.

So writing again comes to an end.
"""


class Source:
    """One journal being read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tail = Tail(folder, chunk_bytes=CHUNK_BYTES)
        self._pairing = Pairing()
        self._unreadable = 0

    @property
    def damaged(self) -> int:
        """Lines that couldn't be read."""
        return self._unreadable + self._tail.torn

    def next_batch(self, end: Position) -> list[Settled]:
        """The pairs that the next chunk completes. None doesn't mean that the end is reached."""
        return self.settle(self._tail.read(end))

    def settle(self, lines: Iterable[bytes]) -> list[Settled]:
        """The pairs that these lines complete."""
        batch = []
        for data in lines:
            line = decode_line(data)
            if line is None:
                self._unreadable += 1
            elif (settled := self._pairing.take(self._tail.segment, line)) is not None:
                batch.append(settled)
        return batch

    def has_read(self, end: Position) -> bool:
        """Whether everything before ``end`` has been read."""
        return self._tail.position >= end

    def give_up(self) -> list[Settled]:
        """The shares whose answer was never read."""
        return self._pairing.give_up()

    def settled_segments(self) -> Iterator[int]:
        """The segments before the present one, in order, as far as nothing waits in them. Each may be removed."""
        for segment in self._read_segments():
            if self._pairing.waiting_in(segment):
                return
            yield segment

    def repeat_waiting(self, ledger: JournalLedger) -> None:
        """Write the few shares that keep the first segment alive once more, at the journal's end.

        Only shares whose answer isn't in the journal yet: the answer must come behind its share.
        """
        for segment in self._read_segments():
            waiting = self._pairing.waiting_in(segment)
            size = sum(len(encode_line(share)) for share in waiting)
            if size * _MOST_REPEATED > segment_path(self.folder, segment).stat().st_size:
                return
            for share in waiting:
                if ledger.waits(share.id) and ledger.repeat(share):
                    self._pairing.move(share, ledger.journal.end.segment)

    def _read_segments(self) -> list[int]:
        return sorted(number for number in segments(self.folder) if number < self._tail.segment)
