"""Runs as a table. In: what the store lists. Out: lines."""

from __future__ import annotations

from collections.abc import Sequence

from sluice.store.protocol import RunRow
from sluice.views.lines import Line, fit, line, pad
from sluice.views.wording import VERDICTS, age, duration

_WORKFLOW, _REF = 26, 20


def run_lines(rows: Sequence[RunRow], now: float, ellipsis: str = "…") -> list[Line]:
    """One line a run, the newest first, under a heading."""
    heading = line(
        (f"{'run':<22} {'#':>4}  {'workflow':<{_WORKFLOW}} {'ref':<{_REF}} {'result':<12} {'time':>8}  when", "quiet")
    )
    return [heading, *(_row(row, now, ellipsis) for row in rows)]


def _row(row: RunRow, now: float, ellipsis: str) -> Line:
    result = row.conclusion or row.status
    ref = row.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    attempt = f".{row.attempt}" if row.attempt > 1 else ""
    took = duration(row.completed - row.created) if row.completed else ""
    return line(
        f"{row.run:<22} {str(row.number) + attempt:>4}  ",
        pad(fit(row.workflow_name, _WORKFLOW, ellipsis), _WORKFLOW),
        " ",
        pad(fit(ref, _REF, ellipsis), _REF),
        " ",
        (f"{VERDICTS.get(result, result):<12}", result),
        f" {took:>8}  ",
        (age(now - row.created), "quiet"),
    )
