"""The ledger that the proxy calls: each call is one line in the journal. It refuses new shares before it could lose
one.

For every share without an answer it keeps room for the answer's line, so that an answer is never refused for the
limit, and some on the disk itself (`reserve`): where that is full, answers are written there, and new shares
are refused. Where even that is used up, answers wait in memory (no more of them than shares without one).
"""

from __future__ import annotations

import asyncio
import errno
import os
from uuid import UUID

from loka_stratum.shares import Answer, LedgerFullError, Share
from loka_stratum.storage.journal import Journal
from loka_stratum.storage.records import (
    MOST_ANSWER_BYTES,
    MOST_SHARE_BYTES,
    ShareLine,
    encode_answer,
    encode_line,
    encode_share,
)
from loka_stratum.storage.reserve import Reserve


class JournalLedger:
    """A `ShareLedger` over a journal. ``most_bytes`` is what the journal may take, with ``other_bytes`` beside it."""

    def __init__(self, journal: Journal, reserve: Reserve, *, most_bytes: int, most_outstanding: int) -> None:
        self.journal = journal
        self.reserve = reserve
        self.other_bytes = 0
        """What else counts towards the limit: the journals of dead processes that are being stored."""
        self.news = asyncio.Event()
        """Set by each line; whoever reads the journal clears it."""
        self.submitted_count = 0
        self.answered_count = 0
        self.refused_count = 0
        """Shares that were refused because nothing more could be kept."""
        self._outstanding: set[UUID] = set()
        self._owed: list[bytes] = []
        self._most_bytes = most_bytes
        self._most_outstanding = most_outstanding
        self._broken = os.strerror(errno.ENOSPC)
        """What the disk said last when it couldn't take a line."""

    @property
    def outstanding(self) -> int:
        """Shares without an answer."""
        return len(self._outstanding)

    def submitted(self, share: Share) -> None:
        """Keep a share. Raises ``LedgerFullError`` if that can't be done; then it must not go to the pool."""
        self._append_owed()
        refusal = self.refusal()
        if refusal is None and not self._append(encode_share(share)):
            refusal = self._broken
        if refusal is not None:
            self.refused_count += 1
            raise LedgerFullError(refusal)
        self._outstanding.add(share.id)
        self.submitted_count += 1

    def answered(self, answer: Answer) -> None:
        """Keep an answer. One to a share that has its answer already, or was never submitted, changes nothing."""
        if answer.share not in self._outstanding:
            return
        self._outstanding.discard(answer.share)
        self.answered_count += 1
        line = encode_answer(answer)
        self._append_owed()
        if self._owed or not self._append_to_the_last(line):
            self._owed.append(line)

    def close(self) -> None:
        """Nothing is written any more; what is in the journal stays."""
        self.journal.close()
        self.reserve.close()

    def refusal(self) -> str | None:
        """Why no share can be kept now; None if one can."""
        kept = self.journal.size + self.other_bytes
        reserved = (len(self._outstanding) + 1) * MOST_ANSWER_BYTES
        if self._owed or not self.reserve.is_whole:
            return f"the journal can't be written: {self._broken}"
        if kept + reserved + MOST_SHARE_BYTES > self._most_bytes:
            return f"the journal holds {kept} bytes of unstored shares, of {self._most_bytes} that it may"
        if len(self._outstanding) >= self._most_outstanding:
            return f"{len(self._outstanding)} shares wait for the pool's answer, as many as may"
        return None

    def waits(self, share: UUID) -> bool:
        """Whether the share has no answer yet."""
        return share in self._outstanding

    def repeat(self, share: ShareLine) -> bool:
        """Write a share that waits once more, so that its first segment can go; whether that could be done."""
        return self._append(encode_line(share))

    def owed(self) -> list[bytes]:
        """The answers' lines that the disk couldn't take."""
        return [line.rstrip(b"\n") for line in self._owed]

    def retry(self) -> bool:
        """Write what the disk couldn't take, and take back what was reserved on it; whether both could be done."""
        self._append_owed()
        return not self._owed and self.reserve.take_back()

    def _append_owed(self) -> None:
        while self._owed and self._append(self._owed[0]):
            del self._owed[0]

    def _append_to_the_last(self, line: bytes) -> bool:
        """Write a line, if need be in the room that is reserved."""
        return self._append(line) or (self.reserve.give_way() and self._append(line))

    def _append(self, line: bytes) -> bool:
        try:
            self.journal.append(line)
        except OSError as error:
            self._broken = error.strerror or str(error)
            return False
        self.news.set()
        return True
