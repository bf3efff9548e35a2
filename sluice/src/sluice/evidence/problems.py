"""Problems with a report, as findings: what is missing, cut short, skipped or senseless is never silence.

Readers yield them beside what they could read, or raise :class:`ReportError` where nothing more can be read. They say
what is wrong; which report and tool it was is filled in by ``reading``.
"""

from __future__ import annotations

from enum import StrEnum

from sluice.evidence.limits import LONGEST_TITLE
from sluice.evidence.model import Finding, Kind, Severity
from sluice.source.errors import SluiceError


class Problem(StrEnum):
    """What can be wrong with a report; the id of the finding."""

    MISSING = "missing"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    TRUNCATED = "truncated"
    UNRECOGNISED = "unrecognised"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    HOSTILE = "hostile"
    BAD_ENTRY = "bad-entry"
    NO_DATA = "no-data"
    DUPLICATE_NAME = "duplicate-name"
    CONFLICT = "conflict"
    FAILED_TOOL = "failed-tool"
    SKIPPED = "skipped"
    NOT_CHECKED = "not-checked"
    UNKNOWN_SEVERITY = "unknown-severity"
    MORE = "more"


class ReportError(SluiceError):
    """A report, or the rest of it, can't be read; ``problem`` says in which way."""

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem = problem


def problem(
    kind: Problem,
    title: str,
    *,
    source: str | None = None,
    tool: str = "",
    package: str | None = None,
) -> Finding:
    """A problem with a report as a finding; how bad it is nobody knows."""
    return Finding(
        id=kind.value,
        kind=Kind.REPORT_PROBLEM,
        severity=Severity.UNKNOWN,
        title=one_line(title),
        tool=tool,
        package=package,
        path=source,
    )


def one_line(text: str, longest: int = LONGEST_TITLE) -> str:
    """The text on one line without control characters, cut at ``longest`` characters with an ellipsis."""
    head = text[: longest * 4]
    clean = head if head.isprintable() else "".join(char if char.isprintable() else " " for char in head)
    line = " ".join(clean.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
