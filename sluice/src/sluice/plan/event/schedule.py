"""Cron lines with a timezone. In: a line, a zone's name and a moment. Out: the times at which it comes due.

GitHub reads POSIX cron: five fields, ``*``, lists, ranges, steps, names of months and days. It runs a schedule once in
five minutes at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from sluice.source.diagnostics import Diagnostic, Severity
from sluice.source.positions import Span
from sluice.workflow.model import Trigger

SHORTEST_INTERVAL = timedelta(minutes=5)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: place for place, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {name: place for place, name in enumerate(_DAYS)}),
)
_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)
_SAMPLE = 100


class ScheduleError(ValueError):
    """A cron line or a timezone that can't be read; the text says what and why."""


def next_times(cron: str, zone: str | None, after: datetime) -> Iterator[datetime]:
    """The moments after ``after`` (which has a timezone) at which the line comes due, earliest first, without end.

    ``zone`` is an IANA name, ``None`` for UTC. Where clocks go forward, a time that does not exist comes an hour
    later; where they go back, it comes once. Raises ``ScheduleError``.
    """
    _check_fields(cron)
    local = after.astimezone(_zone(zone))
    try:
        yield from CronSim(cron, local)
    except CronSimError as error:
        raise ScheduleError(f'invalid `cron` attribute "{cron}": {error}') from error


def find_schedule_problems(trigger: Trigger) -> list[Diagnostic]:
    """What is wrong with the cron lines of a ``schedule`` trigger: errors, and a warning where they come too often."""
    written = [(line, zone) for line, zone in trigger.cron if "${{" not in line.value]  # which the parser refuses
    return [found for line, zone in written if (found := _find_problem(line.value, zone, line.span))]


def _find_problem(cron: str, zone: str | None, span: Span) -> Diagnostic | None:
    try:
        times = list(islice(next_times(cron, zone, _ANY_TIME), _SAMPLE))
    except ScheduleError as error:
        hint = "five fields: minute hour day-of-month month day-of-week, such as '30 5 * * 1-5'"
        return Diagnostic(span=span, rule="schedule", message=str(error), hint=hint)
    if not times:
        return Diagnostic(span=span, rule="schedule", message=f"'{cron}' never comes due")
    if any(later - earlier < SHORTEST_INTERVAL for earlier, later in pairwise(times)):
        return _too_often(cron, span)
    return None


def _too_often(cron: str, span: Span) -> Diagnostic:
    return Diagnostic(
        span=span,
        rule="schedule",
        severity=Severity.WARNING,
        message=f"'{cron}' comes due more often than every 5 minutes, the shortest interval that GitHub runs",
        hint="use '*/5' for the minutes",
    )


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ScheduleError(f"Unknown timezone '{name}': an IANA name such as 'Europe/Berlin' is wanted") from error


def _check_fields(cron: str) -> None:
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        raise ScheduleError(f'invalid `cron` attribute "{cron}": 5 fields are wanted, not {len(fields)}')
    for text, (what, low, high, names) in zip(fields, _FIELDS, strict=True):
        for entry in text.split(","):
            if not _is_entry(entry.lower(), low, high, names):
                raise ScheduleError(f"invalid `cron` attribute \"{cron}\": '{text}' is no {what} ({low}-{high})")


def _is_entry(entry: str, low: int, high: int, names: dict[str, int]) -> bool:
    span, slash, step = entry.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if span == "*":
        return True
    first, dash, last = span.partition("-")
    start, end = _number(first, names), _number(last if dash else first, names)
    return start is not None and end is not None and low <= start <= end <= high


def _number(text: str, names: dict[str, int]) -> int | None:
    if text in names:
        return names[text]
    return int(text) if text.isdecimal() and text.isascii() else None
