"""The report as Markdown: a step summary, and one pull request comment that is edited in place.

In: a report. Out: GitHub's Markdown. Whatever a report of others brings is shown as text: it can't make a link, a
mention or a cell. GitHub takes at most 65,536 characters in a comment and 1 MiB in a summary, so rows that don't
fit are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sluice.gates.formats.words import HEADINGS, cells_of, clean, false_alarms_of, headline_of, problem_of
from sluice.gates.policy.model import Answer
from sluice.gates.verdict.model import Report, Row, Verdict

MARKER = "<!-- sluice-gates -->"
COMMENT_LIMIT = 65_536
SUMMARY_LIMIT = 1024 * 1024
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~$:&-])")
_SIGNS = {Verdict.PASS: "✅", Verdict.UNDECIDED: "❔", Verdict.WARN: "⚠️", Verdict.FAIL: "❌"}


def as_summary(report: Report) -> str:
    """The report as a step summary."""
    return _document(report, SUMMARY_LIMIT - 1)


def as_comment(report: Report, key: str = "") -> str:
    """The report as a comment that begins with the marker of ``key``, by which it is found again."""
    marker = comment_marker(key)
    return f"{marker}\n{_document(report, COMMENT_LIMIT - len(marker) - 1)}"


def comment_marker(key: str = "") -> str:
    """The hidden first line of the comment that belongs to ``key``, such as a workflow's name."""
    safe = re.sub(r"[^\w./]+", "-", key).strip("-")
    return f"<!-- sluice-gates {safe} -->" if safe else MARKER


def is_comment_of(text: str, key: str = "") -> bool:
    """Whether a comment is the one to edit."""
    return text.startswith(comment_marker(key))


def _document(report: Report, limit: int) -> str:
    head = [f"### {_sign(report)} {_text(headline_of(report))}", ""]
    foot = ["", _text(false_alarms_of(report.false_alarms))] if report.false_alarms else []
    foot += ["", f"<sub>Policy: {_text(str(report.policy))}</sub>"]
    room = limit - _size(*head, *foot) - 200
    told = [f"- could not judge: {_text(problem_of(problem))}" for problem in report.problems]
    told += [f"- {_text(str(found.span))}: {_text(found.message)}" for found in report.notices]
    told, left = _fitting(told, room // 2)
    if left:
        told.append(f"- … and {left} more")
    return "\n".join([*head, *_rows(report.rows, room - _size(*told)), *told, *foot]) + "\n"


def _rows(rows: tuple[Row, ...], room: int) -> list[str]:
    if not rows:
        return ["Nothing was judged.", ""]
    table = [_line(("", *HEADINGS)), _line(("---",) * (len(HEADINGS) + 1))]
    lines, left = _fitting(map(_row, rows), room - _size(*table))
    more = ["", f"… and {left} more rows, none of them worse."] if left else []
    return [*table, *lines, *more, ""]


def _row(row: Row) -> str:
    return _line((_SIGNS[row.verdict] if row.waiver is None else "🏳️", *map(_text, cells_of(row))))


def _fitting(lines: Iterable[str], room: int) -> tuple[list[str], int]:
    """The first lines that have room, in bytes, and how many are left."""
    kept: list[str] = []
    waiting = iter(lines)
    for line in waiting:
        room -= _size(line)
        if room < 0:
            return kept, 1 + sum(1 for _ in waiting)
        kept.append(line)
    return kept, 0


def _size(*lines: str) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _sign(report: Report) -> str:
    if not report.judged:
        return "⛔"
    return {Answer.PASS: "✅", Answer.WARN: "⚠️", Answer.FAIL: "❌"}[report.verdict]


def _text(text: str) -> str:
    """Text that Markdown shows as it is; ``@`` can't mention anybody."""
    return _SPECIAL.sub(r"\\\1", clean(text)).replace("@", "@\N{ZERO WIDTH NON-JOINER}")
