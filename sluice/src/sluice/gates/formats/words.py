"""The words that all formats share: cells of a row, sentences about the whole. In: a report. Out: plain text.

Names and reasons come from reports that anybody may have written: control characters are taken out here, once.
"""

from __future__ import annotations

import re
from collections import Counter

from sluice.gates.policy.model import Answer
from sluice.gates.verdict.amounts import show_change, show_value
from sluice.gates.verdict.model import FalseAlarms, Problem, Report, Row, Verdict

HEADINGS = ("verdict", "measure", "baseline", "value", "change", "threshold", "reason")
LONGEST = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def clean(text: str) -> str:
    """One line without control characters, at most ``LONGEST`` characters long."""
    flat = _CONTROL.sub(" ", text).strip()
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"


def verdict_of(row: Row) -> str:
    """``fail``, ``undecided, counts as warn``, ``fail, waived until 2027-01-31``."""
    if row.waiver:
        return f"{row.verdict}, waived until {row.waiver.until}"
    if row.verdict is Verdict.UNDECIDED:
        return f"{row.verdict}, counts as {row.counts_as}"
    return row.verdict


def reason_of(row: Row) -> str:
    """Why, and why it was waived."""
    return clean(f"{row.reason}; waived: {row.waiver.reason}" if row.waiver else row.reason)


def cells_of(row: Row) -> tuple[str, ...]:
    """What stands under :data:`HEADINGS`; empty where there is nothing to say."""
    return (
        verdict_of(row),
        clean(row.name),
        _baseline(row),
        "" if row.value is None else show_value(row.value, row.unit),
        show_change(row.change, row.unit) if row.change else "",
        row.threshold,
        reason_of(row),
    )


def _baseline(row: Row) -> str:
    if row.baseline is None:
        return ""
    return clean(f"{show_value(row.baseline, row.unit)} ({row.origin})")


def headline_of(report: Report) -> str:
    """The whole in one line: ``gates: fail, 1 failed, 2 warned, 1 waived, 40 passed``."""
    counts = Counter("waived" if row.waiver else row.counts_as.value for row in report.rows)
    words = {"fail": "failed", "warn": "warned", "waived": "waived", "pass": "passed"}
    parts = [f"{counts[key]} {word}" for key, word in words.items() if counts[key]]
    unjudged = sum(1 for problem in report.problems if not problem.waiver)
    if unjudged:
        parts.append(f"{unjudged} could not be judged")
    outcome = report.verdict.value if report.judged else "could not judge"
    return f"gates: {outcome}" + "".join(f", {part}" for part in parts)


def problem_of(problem: Problem) -> str:
    """``report-problem/x: not readable (out/bench.json:3)``."""
    place = f" ({problem.path}{f':{problem.line}' if problem.line else ''})" if problem.path else ""
    waived = f" [waived until {problem.waiver.until}: {problem.waiver.reason}]" if problem.waiver else ""
    return clean(f"{problem.name}: {problem.message}{place}{waived}")


def false_alarms_of(alarms: FalseAlarms) -> str:
    """The bound over the whole suite in words, with its formula's name."""
    several = f"any of the {alarms.compared} compared measures" if alarms.compared > 1 else "the compared measure"
    bound = (
        f"Were nothing changed, {several} would fail in at most {_share(alarms.bound)} of runs, however large the noise"
    )
    if alarms.evidence is not None:
        seen = f"in at most {_share(alarms.evidence)}"
        bound = f"{bound}; evidence as strong as that of every fail here would come up {seen}"
    return f"{bound} (Bonferroni over looks and measures)."


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{share:.1e}"


SEVERITY = {Answer.FAIL: "error", Answer.WARN: "warning", Answer.PASS: "notice"}
"""What SARIF's readers and GitHub's annotations call what a row counts as."""
