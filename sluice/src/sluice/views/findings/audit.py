"""An audit as lines: each part with its status, then what counts, worst first. In: results and a report. Out: lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sluice.audit.model import Result, Status
from sluice.evidence.model import Finding
from sluice.gates.policy.model import Answer
from sluice.gates.verdict.model import Problem, Report, Row
from sluice.views.text.lines import BLANK, Line, fit, label, line, pad
from sluice.views.text.wording import count

_SIGNS = {
    Status.CHECKED: ("✓", "success"),
    Status.PARTLY: ("!", "warning"),
    Status.NOT_CHECKED: ("!", "warning"),
    Status.NOTHING: ("-", "quiet"),
}
_ROLES = {Answer.FAIL: "failure", Answer.WARN: "warning", Answer.PASS: "quiet"}
_MOST_ROWS = 200
_LONGEST_DETAIL = 110


def draw_audit(results: Sequence[Result], report: Report, *, everything: bool = False) -> Iterator[Line]:
    """The parts, the findings that count (all of them with ``everything``), problems, notices, the outcome."""
    rows = [row for row in report.rows if row.finding or row.value is not None]
    shown = [row for row in rows if everything or row.counts_as is not Answer.PASS]
    yield from (_part(result, report) for result in results)
    yield from _block(_rows(shown))
    yield from _block(_problem(problem) for problem in report.problems if everything or not problem.waiver)
    yield from _block(line((f"{notice.span}: {label(notice.message)}", "notice")) for notice in report.notices)
    yield BLANK
    yield _outcome(report)


def _block(lines: Iterable[Line]) -> Iterator[Line]:
    listed = list(lines)
    if listed:
        yield BLANK
        yield from listed


def _part(result: Result, report: Report) -> Line:
    sign, role = _SIGNS[result.status]
    failed, warned = _counts(result, report)
    if failed:
        sign, role = "✗", "failure"
    said = count(failed, "finding fails", "findings fail") if failed else ""
    said = said or (count(warned, "warning") if warned else "")
    words = "; ".join(part for part in (said, label(result.detail)) if part)
    status = "failed" if failed and result.status is Status.CHECKED else result.status.value
    return line(
        (sign, role), f" {pad(result.part.value, 12)}", (pad(status, 17), role), (fit(words, _LONGEST_DETAIL), "quiet")
    )


def _counts(result: Result, report: Report) -> tuple[int, int]:
    own = set(result.evidence.findings)
    names = {measure.name for measure in result.evidence.measures}
    rows = [row for row in report.rows if (row.finding in own if row.finding else row.name in names)]
    return tuple(sum(row.counts_as is answer for row in rows) for answer in (Answer.FAIL, Answer.WARN))  # type: ignore[return-value]


def _rows(rows: Sequence[Row]) -> Iterator[Line]:
    for row in rows[:_MOST_ROWS]:
        word, role = ("waived", "quiet") if row.waiver else (row.counts_as.value, _ROLES[row.counts_as])
        severity = row.finding.severity.value if row.finding else ""
        yield line((pad(word, 6), role), f" {pad(severity, 9)} ", (label(row.name), "strong"), f"  {_where(row)}")
        yield line("       ", (fit(_why(row), _LONGEST_DETAIL), "quiet"))
    if len(rows) > _MOST_ROWS:
        yield line((f"and {len(rows) - _MOST_ROWS} more: --format json has them all", "quiet"))


def _where(row: Row) -> str:
    found = row.finding
    if found is None or not found.path:
        return ""
    return label(found.path) + (f":{found.line}" if found.line else "")


def _why(row: Row) -> str:
    waived = f"; waived until {row.waiver.until}: {row.waiver.reason}" if row.waiver else ""
    return label(f"{_title(row.finding) if row.finding else row.reason}{waived}")


def _title(found: Finding) -> str:
    """Package, version and what mends it come first: the rest may be cut off."""
    package = f"{found.package} {found.version or ''}".strip() if found.package else ""
    fixed = f" (fixed in {', '.join(found.fixed_in[:3])})" if found.fixed_in else ""
    if package and package not in found.title:
        return f"{package}{fixed}: {found.title}"
    return f"{found.title}{fixed}"


def _problem(problem: Problem) -> Line:
    """By the name that a waiver of it would have."""
    name = f"{problem.name}/{problem.subject}" if problem.subject else problem.name
    waived = f"; waived until {problem.waiver.until}: {problem.waiver.reason}" if problem.waiver else ""
    sign = ("waived", "quiet") if problem.waiver else ("!     ", "warning")
    return line(sign, " ", (label(name), "strong"), f"  {label(problem.message)}{label(waived)}")


def _outcome(report: Report) -> Line:
    counts = Counter(row.counts_as for row in report.rows if row.finding or row.value is not None)
    waived = sum(1 for row in report.rows if row.waiver)
    unjudged = sum(1 for problem in report.problems if not problem.waiver)
    parts = [
        f"{counts[Answer.FAIL]} failed" if counts[Answer.FAIL] else "",
        f"{counts[Answer.WARN]} warned" if counts[Answer.WARN] else "",
        f"{waived} waived" if waived else "",
        f"{count(unjudged, 'thing')} not checked" if unjudged else "",
    ]
    word, role = (
        ("not all was checked", "warning") if not report.judged else (report.verdict.value, _ROLES[report.verdict])
    )
    return line(
        ("audit: ", "strong"),
        (word, role if word != "pass" else "success"),
        "".join(f", {part}" for part in parts if part),
    )
