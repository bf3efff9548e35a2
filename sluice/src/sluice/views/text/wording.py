"""How numbers, times and verdicts read. In: plain values. Out: short texts, the same in every view."""

from __future__ import annotations

from datetime import UTC, datetime

from sluice.events.standing import PARTLY

_UNITS = ("B", "KB", "MB", "GB", "TB")
VERDICTS = {
    PARTLY: "passed in part",
    "success": "passed",
    "failure": "failed",
    "cancelled": "cancelled",
    "skipped": "skipped",
    "interrupted": "interrupted",
}


def duration(seconds: float | None) -> str:
    """``0.4s``, ``12s``, ``3m 04s``, ``2h 05m``; nothing for ``None``. Negative spans (a clock set back) read as 0."""
    if seconds is None:
        return ""
    seconds = max(0.0, seconds)
    if 0.05 <= seconds < 0.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


def clock(seconds: float | None) -> str:
    """A running counter, which must not jump in width within a minute: ``4s``, ``1m 04s``. Rounds down."""
    return "" if seconds is None else duration(float(int(max(0.0, seconds))))


def size(count: int) -> str:
    """Bytes in decimal units: ``512 B``, ``1.4 KB``, ``12 MB``."""
    amount = float(count)
    for unit in _UNITS[:-1]:
        if amount < 999.5:
            return _amount(amount, unit)
        amount /= 1000
    return _amount(amount, _UNITS[-1])


def _amount(amount: float, unit: str) -> str:
    return f"{amount:.1f} {unit}" if unit != "B" and amount < 9.95 else f"{amount:.0f} {unit}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 job``, ``2 jobs``, ``3 entries``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def age(seconds: float) -> str:
    """How long ago, roughly: ``just now``, ``5 min ago``, ``3 h ago``, ``12 days ago``."""
    for limit, unit, noun in ((60, 1, ""), (3600, 60, " min"), (86400, 3600, " h")):
        if seconds < limit:
            return f"{int(seconds // unit)}{noun} ago" if noun else "just now"
    return f"{count(int(seconds // 86400), 'day')} ago"


def moment(time: float) -> str:
    """A time as a date in UTC, which reads the same on every machine: ``2026-11-23 19:07:00 UTC``."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def short_ref(ref: str) -> str:
    """``main`` for ``refs/heads/main``, ``v1`` for ``refs/tags/v1``, ``pull/7`` for ``refs/pull/7/merge``."""
    for prefix in ("refs/heads/", "refs/tags/"):
        if ref.startswith(prefix):
            return ref[len(prefix) :]
    return ref.removeprefix("refs/").removesuffix("/merge")


def verdict(conclusion: str | None) -> str:
    """The word a person reads for a conclusion; ``running`` while there is none."""
    return "running" if conclusion is None else VERDICTS.get(conclusion, conclusion)
