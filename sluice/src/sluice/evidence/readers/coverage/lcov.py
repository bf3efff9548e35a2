"""lcov's tracefile: ``coverage/line``, ``coverage/branch`` and ``coverage/function`` over all its records.

The format: geninfo(1), section FILES. Where a record lacks a summary (``LF``, ``BRF`` ...), its lines are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from sluice.evidence.entries import Item, bad_entry
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.coverage.shares import covered, lines_covered
from sluice.evidence.readers.report import Report, TextFormat
from sluice.source.numbers import whole_number

_FITS = re.compile(r"\A\s*(?:#.*\n|TN:.*\n)*SF:")
_SUMMARIES = {
    "LF": "lines",
    "LH": "lines_hit",
    "BRF": "branches",
    "BRH": "branches_hit",
    "FNF": "functions",
    "FNH": "functions_hit",
}


class _Counts(Struct):
    """Sums over all records; per record what its own lines say, by the name of the summary that would replace it."""

    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SUMMARIES, 0))
    summaries: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)

    def end_record(self) -> None:
        """Add the record's summaries, and its counted lines where it has none."""
        for key, value in {**self.counted, **self.summaries}.items():
            self.sums[key] += value
        self.summaries, self.counted = {}, {}

    def count(self, total: str, hit: str, taken: bool) -> None:
        """One line, branch or function of a record."""
        self.counted[total] = self.counted.get(total, 0) + 1
        self.counted[hit] = self.counted.get(hit, 0) + taken


def _read(report: Report[str]) -> Iterator[Item]:
    counts = _Counts()
    is_open = False
    for number, line in enumerate(report.body.splitlines(), start=1):
        key, _, value = line.strip().partition(":")
        if key == "end_of_record":
            counts.end_record()
            is_open = False
            continue
        is_open = is_open or key == "SF"
        try:
            _take(counts, key, value)
        except ValueError as error:
            yield bad_entry(f"line {number}", error)
    if is_open:
        yield problem(Problem.TRUNCATED, "the last record does not end with end_of_record")
    sums = counts.sums
    yield from lines_covered(sums["LH"], sums["LF"])
    yield from covered("branch", sums["BRH"], sums["BRF"])
    yield from covered("function", sums["FNH"], sums["FNF"])


def _take(counts: _Counts, key: str, value: str) -> None:
    match key:
        case "LF" | "LH" | "BRF" | "BRH" | "FNF" | "FNH":
            counts.summaries[key] = _count(value)
        case "DA":
            counts.count("LF", "LH", taken=_count(value.partition(",")[2].split(",", 1)[0]) > 0)
        case "BRDA":
            counts.count("BRF", "BRH", taken=value.rsplit(",", 1)[-1] not in {"-", "0"})
        case "FNDA":
            counts.count("FNF", "FNH", taken=_count(value.split(",", 1)[0]) > 0)
        case _:
            pass


def _count(text: str) -> int:
    count = whole_number(text)
    if count is None:
        raise ValueError(f"{text[:40]!r} is not a count")
    return count


FORMAT = TextFormat(tool="lcov", fits=lambda text: bool(_FITS.match(text)), read=_read)
