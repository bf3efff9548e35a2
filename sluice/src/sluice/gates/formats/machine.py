"""The report as JSON. In: a report. Out: a document that other programs may rely on; ``version`` counts its changes."""

from __future__ import annotations

import json
import math

from sluice.gates.formats.words import headline_of
from sluice.gates.verdict.model import Change, Problem, Report, Row
from sluice.source.diagnostics import Diagnostic

VERSION = 1


def as_json(report: Report) -> str:
    """Numbers are in each row's unit; changes are shares when ``relative``. An infinite bound is null."""
    alarms = report.false_alarms
    document = {
        "version": VERSION,
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        "summary": headline_of(report),
        "policy": {"source": report.policy.source, "commit": report.policy.commit, "file": report.policy.file},
        "rows": [_row(row) for row in report.rows],
        "problems": [_problem(problem) for problem in report.problems],
        "notices": [_notice(notice) for notice in report.notices],
        "false_alarms": alarms and {"compared": alarms.compared, "bound": alarms.bound, "evidence": alarms.evidence},
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _row(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "gate": row.gate,
        "gate_line": row.span.start.line,
        "verdict": row.verdict,
        "counts_as": row.counts_as,
        "reason": row.reason,
        "threshold": row.threshold,
        "value": _number(row.value),
        "unit": row.unit,
        "baseline": _number(row.baseline),
        "origin": row.origin,
        "change": row.change and _change(row.change),
        "chance": row.chance,
        "waiver": row.waiver and {"until": row.waiver.until.isoformat(), "reason": row.waiver.reason},
        "finding": row.finding
        and {
            "id": row.finding.id,
            "severity": row.finding.severity,
            "path": row.finding.path,
            "line": row.finding.line,
        },
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "point": _number(change.point),
        "lower": _number(change.lower),
        "upper": _number(change.upper),
        "relative": change.relative,
        "confidence": change.confidence,
        "size": change.size,
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "name": problem.name,
        "message": problem.message,
        "path": problem.path,
        "line": problem.line,
        "waiver": problem.waiver and {"until": problem.waiver.until.isoformat(), "reason": problem.waiver.reason},
    }


def _notice(notice: Diagnostic) -> dict[str, object]:
    return {
        "rule": notice.rule,
        "severity": notice.severity,
        "message": notice.message,
        "file": notice.span.file,
        "line": notice.span.start.line,
    }


def _number(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
