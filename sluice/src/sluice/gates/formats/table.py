"""The report as an aligned table for a terminal or a log. In: a report. Out: plain lines, nothing wider than it
must be.
"""

from __future__ import annotations

from sluice.gates.formats.words import HEADINGS, cells_of, clean, false_alarms_of, headline_of, problem_of
from sluice.gates.verdict.model import Report


def as_table(report: Report) -> str:
    """The headline, the rows worst first, problems, notices, and where the policy came from."""
    lines = [headline_of(report), ""]
    if report.rows:
        lines += [*_align([HEADINGS, *map(cells_of, report.rows)]), ""]
    lines += [f"could not judge: {problem_of(problem)}" for problem in report.problems]
    lines += [f"{notice.span}: {notice.severity}: {clean(notice.message)} [{notice.rule}]" for notice in report.notices]
    if report.false_alarms:
        lines.append(false_alarms_of(report.false_alarms))
    lines.append(f"policy: {report.policy}")
    return "\n".join(lines) + "\n"


def _align(table: list[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell, the last one free; columns that are empty in every row are left out."""
    columns = [column for column in zip(*table, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
