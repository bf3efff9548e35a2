"""An audit for programs: JSON. In: results and their judgement. Out: the document."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec

from sluice.audit.model import Result
from sluice.gates.verdict.model import Report


def as_json(results: Iterable[Result], report: Report) -> str:
    """Parts with their status, findings with their verdicts, problems, measures, and the exit code."""
    listed = tuple(results)
    verdicts = {row.finding: row for row in report.rows if row.finding}
    document = {
        "exitCode": report.exit_code,
        "parts": [
            {
                "part": result.part.value,
                "status": result.status.value,
                "detail": result.detail,
                "tools": result.tools,
                "seconds": round(result.seconds, 3),
            }
            for result in listed
        ],
        "findings": [
            {
                "name": found.name,
                "verdict": row.counts_as.value if (row := verdicts.get(found)) else "pass",
                "waived": row.waiver.reason if row and row.waiver else None,
                **{key: value for key, value in msgspec.to_builtins(found).items() if value and key != "digest"},
            }
            for result in listed
            for found in result.evidence.findings
        ],
        "measures": {
            measure.name: {"value": measure.value, "unit": measure.unit}
            for result in listed
            for measure in result.evidence.measures
        },
        "problems": [
            {
                "name": problem.name,
                "subject": problem.subject,
                "message": problem.message,
                "waived": bool(problem.waiver),
            }
            for problem in report.problems
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
