"""hadolint's JSON: a misconfiguration for each rule broken; error is high, warning medium, info and style low."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import one_line
from sluice.evidence.readers.report import JsonFormat, Report, is_list_of

_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "info": Severity.LOW, "style": Severity.LOW}


class _Failure(msgspec.Struct):
    code: str
    file: str
    level: str
    line: int
    message: str


def _read(report: Report[object]) -> Iterator[Item]:
    if isinstance(report.body, list):
        yield from each(report.body, _Failure, _findings, what="entry")


def _findings(found: _Failure) -> Iterator[Item]:
    yield Finding(
        id=one_line(found.code, LONGEST_NAME),
        kind=Kind.MISCONFIGURATION,
        severity=_LEVELS.get(found.level, Severity.UNKNOWN),
        title=one_line(found.message),
        tool="hadolint",
        path=found.file,
        line=found.line if found.line > 0 else None,
    )


FORMAT = JsonFormat(
    tool="hadolint",
    fits=lambda body: is_list_of(body, "code", "level", "line", "message"),
    silent_is_clean=True,
    read=_read,
)
