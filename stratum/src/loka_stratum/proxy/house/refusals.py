"""Shares that can't be kept: each is counted, and the log hears of them at most every few seconds, however many miners
submit meanwhile.
"""

from __future__ import annotations

import logging

from loka_stratum.measures import Measures

log = logging.getLogger(__name__)
PAUSE_SECONDS = 10.0
"""Between two lines of the log."""


class Refusals:
    """Of one proxy, all miners together."""

    __slots__ = ("_measures", "_said_at", "_unsaid")

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._said_at: float | None = None
        self._unsaid = 0

    def count(self, why: str, now: float) -> None:
        """A share was refused at ``now``, monotonic seconds."""
        self._measures.shares_refused.inc()
        self._unsaid += 1
        if self._said_at is not None and now - self._said_at < PAUSE_SECONDS:
            return
        log.error("shares are refused (%d more): %s", self._unsaid, why)
        self._said_at, self._unsaid = now, 0
