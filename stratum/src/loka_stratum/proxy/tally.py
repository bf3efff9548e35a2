"""What became of one connection's or one user's shares: verdicts in, counts and a hashrate out."""

from __future__ import annotations

from loka_stratum.proxy.rates import WorkRate
from loka_stratum.shares import Verdict


class Tally(WorkRate):
    """Counts by verdict, and the work of the accepted ones."""

    __slots__ = ("_accepted", "_others")

    def __init__(self) -> None:
        super().__init__()
        self._accepted = 0
        self._others: dict[Verdict, int] = {}

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """What became of how many."""
        return {Verdict.ACCEPTED: self._accepted, **self._others}

    def accept(self, difficulty: float, now: float) -> None:
        """Count an accepted share, as nearly all are."""
        self._accepted += 1
        self.add(difficulty, now)

    def refuse(self, verdict: Verdict) -> None:
        """Count any other."""
        self._others[verdict] = self._others.get(verdict, 0) + 1
