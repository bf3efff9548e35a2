"""The report as GitHub's workflow commands, which become annotations. In: a report. Out: a line for each thing to see.

GitHub shows ten errors, ten warnings and ten notices of a step; the worst come first, and a last line says how many are
left out. Source of the escapes: github.com/actions/toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sluice.gates.formats.words import SEVERITY, clean, problem_of, reason_of, verdict_of
from sluice.gates.policy.model import Answer
from sluice.gates.verdict.model import Report, Row

SHOWN = 9
"""Annotations of a level before the line that counts the others."""


def as_annotations(report: Report) -> str:
    """Errors for fails and for what could not be judged, warnings for warnings and notices on the policy."""
    unjudged = [problem_of(found) for found in report.problems if found.waiver is None]
    errors = [_command("error", message, title="gates could not judge") for message in unjudged]
    errors += [_of_row(row) for row in report.rows if row.counts_as is Answer.FAIL]
    warnings = [_of_row(row) for row in report.rows if row.counts_as is Answer.WARN]
    warnings += [
        _command("warning", found.message, title=found.rule, file=found.span.file, line=found.span.start.line)
        for found in report.notices
    ]
    return "".join(f"{line}\n" for line in (*_shorten("error", errors), *_shorten("warning", warnings)))


def _of_row(row: Row) -> str:
    message = f"{row.name}: {verdict_of(row)}: {reason_of(row)}"
    finding = row.finding
    level = SEVERITY[row.counts_as]
    if finding and finding.path:
        return _command(level, message, title=row.gate, file=finding.path, line=finding.line)
    return _command(level, message, title=row.gate)


def _shorten(level: str, lines: list[str]) -> Iterator[str]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield _command(level, f"{len(lines) - SHOWN} more: see the step summary", title="gates")


def _command(level: str, message: str, **properties: str | int | None) -> str:
    given: Iterable[tuple[str, str]] = ((key, str(value)) for key, value in properties.items() if value is not None)
    parameters = ",".join(f"{key}={_property(clean(value))}" for key, value in given)
    return f"::{level} {parameters}::{_data(clean(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
