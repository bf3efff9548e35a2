"""What gates say, for a person: a table where it fits, else each measure by itself. In: a report. Out: lines."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence

from sluice.gates.formats.words import HEADINGS, cells_of, clean, false_alarms_of, headline_of, problem_of
from sluice.gates.policy.model import Answer
from sluice.gates.verdict.model import Report, Row, Verdict
from sluice.views.text.lines import BLANK, Line, cells, line, pad, table, wrap
from sluice.views.text.painting import print_lines

_ROLES = {Answer.FAIL: "failure", Answer.WARN: "warning", Answer.PASS: "success"}
_INDENT = max(map(len, Verdict)) + 2


def print_gates(report: Report) -> None:
    """To standard output; as wide as it is where that is a terminal."""
    print_lines(gate_lines(report, shutil.get_terminal_size().columns if sys.stdout.isatty() else None))


def gate_lines(report: Report, width: int | None = None) -> Iterator[Line]:
    """The headline, the rows worst first, problems, notices, and where the policy came from; the words are those of
    the plain table. ``width`` is the terminal's, in cells; nothing for what isn't read on one.
    """
    yield _headline(report)
    yield BLANK
    if report.rows:
        yield from _rows(report.rows, width)
        yield BLANK
    yield from (line(("could not judge", "failure"), f": {problem_of(problem)}") for problem in report.problems)
    for notice in report.notices:
        said = (f"{notice.severity}", f"{notice.severity}")
        yield line(f"{notice.span}: ", said, f": {clean(notice.message)} [{notice.rule}]")
    if report.false_alarms:
        yield line((false_alarms_of(report.false_alarms), "quiet"))
    yield line((f"policy: {report.policy}", "quiet"))


def _headline(report: Report) -> Line:
    first, colon, rest = headline_of(report).partition(": ")
    outcome, comma, counts = rest.partition(", ")
    return line(
        (first + colon, "strong"), (outcome, _ROLES[report.verdict] if report.judged else "failure"), comma, counts
    )


def _rows(rows: Sequence[Row], width: int | None) -> Iterator[Line]:
    listed = list(_table(rows))
    if width is None or all(cells(shown) <= width for shown in listed):
        yield from listed
    else:
        for row in rows:
            yield from _alone(row, width)


def _table(rows: Sequence[Row]) -> Iterator[Line]:
    """Columns that are empty in every row are left out."""
    texts = [HEADINGS, *map(cells_of, rows)]
    filled = [place for place in range(len(HEADINGS)) if any(one[place] for one in texts[1:])]
    first, *rest = table([[one[place] for place in filled] for one in texts])
    yield line(("  ".join(first).rstrip(), "quiet"))
    for row, (verdict, *others) in zip(rows, rest, strict=True):
        yield line((verdict, _role(row)), f"  {'  '.join(others)}".rstrip())


def _alone(row: Row, width: int) -> Iterator[Line]:
    verdict, name, baseline, value, change, threshold, reason = cells_of(row)
    word, comma, more = verdict.partition(", ")
    yield line((pad(word, _INDENT), _role(row)), (name, "strong"), (comma + more, "quiet"))
    numbers = [f"from {baseline} to {value}" if baseline else value, change, f"limit {threshold}" if threshold else ""]
    for text in (", ".join(filter(None, numbers)), reason):
        yield from (line(" " * _INDENT, (part, "quiet")) for part in wrap(text, max(20, width - _INDENT)) if part)


def _role(row: Row) -> str:
    return "quiet" if row.waiver else _ROLES[row.counts_as]
