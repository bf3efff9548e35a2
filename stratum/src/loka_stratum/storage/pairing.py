"""Pairs shares with their answers as their lines are read in order. Pure: lines in, pairs out.

A share waits here until its answer has been read; a segment is settled when none of its shares waits any more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from loka_stratum.shares import Verdict
from loka_stratum.storage.records import AnswerLine, Line, ShareLine


@dataclass(frozen=True, slots=True)
class Settled:
    """A share and what became of it; no answer is `unanswered`."""

    share: ShareLine
    answer: AnswerLine | None

    @property
    def verdict(self) -> Verdict:
        """What the row will say."""
        return Verdict.UNANSWERED if self.answer is None else self.answer.verdict


class Pairing:
    """The shares that wait for an answer, and the segment that keeps each of them."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, tuple[int, ShareLine]] = {}
        self._counts: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, segment: int, line: Line) -> Settled | None:
        """The next line; a pair if it completes one.

        An answer to an unknown share was stored before: it is passed over.
        """
        if isinstance(line, ShareLine):
            self._keep(segment, line)
            return None
        found = self._forget(line.share)
        if found is None:
            return None
        return Settled(found, None if line.verdict is Verdict.UNANSWERED else line)

    def waiting_in(self, segment: int) -> list[ShareLine]:
        """The shares that this segment alone keeps."""
        if not self._counts[segment]:
            return []
        return [share for place, share in self._waiting.values() if place == segment]

    def move(self, share: ShareLine, segment: int) -> None:
        """The share has been written again, to a later segment."""
        self._keep(segment, share)

    def give_up(self) -> list[Settled]:
        """Whoever waits gets no answer any more."""
        settled = [Settled(share, None) for _, share in self._waiting.values()]
        self._waiting.clear()
        self._counts.clear()
        return settled

    def _keep(self, segment: int, share: ShareLine) -> None:
        self._forget(share.id)
        self._waiting[share.id] = (segment, share)
        self._counts[segment] += 1

    def _forget(self, share: UUID) -> ShareLine | None:
        found = self._waiting.pop(share, None)
        if found is None:
            return None
        self._counts[found[0]] -= 1
        if not self._counts[found[0]]:
            del self._counts[found[0]]
        return found[1]
