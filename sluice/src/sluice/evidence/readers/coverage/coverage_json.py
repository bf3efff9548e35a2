"""coverage.py's ``coverage json``: ``coverage/line`` and, where branches were measured, ``coverage/branch``.

Lines are statements: ``percent_covered`` mixes branches in, so the shares are taken from the counts.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sluice.evidence.entries import Item, shaped
from sluice.evidence.readers.coverage.shares import covered, lines_covered
from sluice.evidence.readers.report import JsonFormat, Report, has_keys


class _Totals(msgspec.Struct):
    covered_lines: int
    num_statements: int
    covered_branches: int = 0
    num_branches: int = 0


class _File(msgspec.Struct):
    totals: _Totals


def _read(report: Report[object]) -> Iterator[Item]:
    totals = shaped(report.body, _File).totals
    yield from lines_covered(totals.covered_lines, totals.num_statements)
    yield from covered("branch", totals.covered_branches, totals.num_branches)


FORMAT = JsonFormat(tool="coverage.py", fits=lambda body: has_keys(body, "meta", "files", "totals"), read=_read)
