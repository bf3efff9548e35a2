"""bandit's JSON: a finding for each result; a file that it could not read is a problem, ``nosec`` is counted."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, each, shaped, valued
from sluice.evidence.limits import LONGEST_NAME
from sluice.evidence.model import Finding, Kind
from sluice.evidence.problems import Problem, one_line, problem
from sluice.evidence.readers.report import JsonFormat, Report, has_keys
from sluice.evidence.severities import severity_of_word


class _Error(msgspec.Struct):
    filename: str
    reason: str


class _Result(msgspec.Struct):
    test_id: str
    issue_severity: str
    issue_text: str
    filename: str
    line_number: int


class _Totals(msgspec.Struct):
    loc: int = 0
    nosec: int = 0


class _Metrics(msgspec.Struct):
    totals: _Totals = msgspec.field(name="_totals")


class _File(msgspec.Struct):
    errors: list[object]
    metrics: _Metrics
    results: list[object]


def _read(report: Report[object]) -> Iterator[Item]:
    found = shaped(report.body, _File)
    yield from each(found.errors, _Error, _skipped, what="error")
    yield from each(found.results, _Result, _findings, what="result")
    if found.metrics.totals.loc <= 0:
        yield problem(Problem.NO_DATA, "not one line of code was examined")
    if found.metrics.totals.nosec > 0:
        yield valued("suppressed/bandit", "count", found.metrics.totals.nosec)


def _skipped(found: _Error) -> Iterator[Item]:
    yield problem(Problem.SKIPPED, f"{found.filename} was not examined: {found.reason}")


def _findings(found: _Result) -> Iterator[Item]:
    yield Finding(
        id=one_line(found.test_id, LONGEST_NAME),
        kind=Kind.CODE,
        severity=severity_of_word(found.issue_severity),
        title=one_line(found.issue_text),
        tool="bandit",
        path=found.filename,
        line=found.line_number if found.line_number > 0 else None,
    )


FORMAT = JsonFormat(
    tool="bandit", fits=lambda body: has_keys(body, "errors", "metrics", "results"), silent_is_clean=True, read=_read
)
