"""Times as machines read them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(seconds: float) -> str:
    """A time since the epoch to the second, as RFC 3339 and GitHub have it: ``2026-11-23T19:07:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
