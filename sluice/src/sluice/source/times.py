"""Times as machines read them."""

from __future__ import annotations

from datetime import UTC, datetime

_LAST = 253_402_300_799
"""The end of the year 9999: Git's times go on, dates do not."""


def stamp(seconds: float) -> str:
    """A time since the epoch to the second, as RFC 3339 and GitHub have it: ``2026-11-23T19:07:00Z``. What
    is later than the year 9999 is its end.
    """
    return datetime.fromtimestamp(min(seconds, _LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
