"""The report as JUnit XML, the form that most test viewers read. In: a report. Out: one suite, a case for each row.

A fail is a failure, what could not be judged an error, a waived row is skipped; a warning passes with its reason as
output.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from sluice.gates.formats.words import clean, problem_of, reason_of, verdict_of
from sluice.gates.policy.model import Answer
from sluice.gates.verdict.model import Report, Row


def as_junit(report: Report) -> str:
    """The document, with an XML declaration."""
    unjudged = [problem for problem in report.problems if problem.waiver is None]
    failures = sum(row.counts_as is Answer.FAIL for row in report.rows)
    skipped = sum(row.waiver is not None for row in report.rows) + len(report.problems) - len(unjudged)
    tests = len(report.rows) + len(report.problems)
    counts = f'tests="{tests}" failures="{failures}" errors="{len(unjudged)}" skipped="{skipped}"'
    cases = "\n".join([*map(_case, report.rows), *_problems(report)])
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="gates" {counts}>'
    return f'{head}\n  <testsuite name="gates" {counts} time="0">\n{cases}\n  </testsuite>\n</testsuites>\n'


def _case(row: Row) -> str:
    start = f'    <testcase classname={_attribute(f"gates.{row.gate}")} name={_attribute(row.name)} time="0"'
    reason = reason_of(row)
    message = f"message={_attribute(f'{verdict_of(row)}: {reason}')}"
    if row.waiver:
        return f"{start}><skipped {message}/></testcase>"
    if row.counts_as is Answer.FAIL:
        return f'{start}><failure {message} type="{row.verdict}">{escape(reason)}</failure></testcase>'
    if row.counts_as is Answer.WARN:
        return f"{start}><system-out>{escape(f'{verdict_of(row)}: {reason}')}</system-out></testcase>"
    return f"{start}/>"


def _problems(report: Report) -> Iterator[str]:
    for problem in report.problems:
        start = f'    <testcase classname="gates" name={_attribute(problem.name)} time="0">'
        message = f"message={_attribute(problem_of(problem))}"
        inner = f"<skipped {message}/>" if problem.waiver else f'<error {message} type="unjudged"/>'
        yield f"{start}{inner}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(clean(text))
