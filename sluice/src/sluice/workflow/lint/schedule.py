"""Rules for ``on.schedule``: cron lines that are none, or that GitHub does not keep to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.model import Located

_FIELDS = 5
_ONLY_POSIX = re.compile(r"[0-9A-Za-z*,/\- ]+")
_SHORTEST = timedelta(minutes=5)
_SAMPLE = 60
_START = datetime(2024, 1, 1, tzinfo=UTC)


def _lines(subject: Subject) -> Iterator[Located[str]]:
    for trigger in subject.workflow.triggers.values():
        for line, _ in trigger.cron:
            yield line


def _times(line: str) -> list[datetime]:
    """The first times of a cron line; raises ValueError where it is none."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - only needed for workflows with a schedule

    if len(line.split()) != _FIELDS or not _ONLY_POSIX.fullmatch(line):
        raise ValueError("it has five fields: minute, hour, day of month, month, day of week")
    try:
        return list(islice(CronSim(line, _START), _SAMPLE))
    except CronSimError as error:
        raise ValueError(str(error)) from error


@rule(
    Severity.ERROR,
    "GitHub refuses a workflow with a malformed cron line.",
    "cron: '0 25 * * *'",
)
def invalid_cron(subject: Subject) -> Iterator[Finding]:
    """Cron lines that can't be read, or that never come."""
    for line in _lines(subject):
        try:
            times = _times(line.value)
        except ValueError as error:
            yield Finding(span=line.span, message=f"'{line.value}' is no cron line", hint=str(error))
        else:
            if not times:
                yield Finding(span=line.span, message=f"The time '{line.value}' never comes")


@rule(
    Severity.WARNING,
    "GitHub runs schedules every five minutes at most.",
    "cron: '* * * * *'",
)
def too_frequent_schedule(subject: Subject) -> Iterator[Finding]:
    """Cron lines with less than five minutes between two times."""
    for line in _lines(subject):
        try:
            times = _times(line.value)
        except ValueError:
            continue
        if any(later - earlier < _SHORTEST for earlier, later in pairwise(times)):
            yield Finding(
                span=line.span,
                message=f"'{line.value}' comes more often than every five minutes, GitHub's shortest interval",
            )


RULES = (invalid_cron, too_frequent_schedule)
