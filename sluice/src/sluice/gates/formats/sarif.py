"""The report as SARIF 2.1.0, for code scanning. In: a report. Out: one run; each gate is a rule, each row a result.

A result stands at its finding's place, else at the gate's line in the policy. Passed and waived rows are left out:
GitHub takes every result for an alert, whatever its kind and suppressions say, and closes the alerts that are gone.
What could not be judged are notifications of an invocation that was not successful. Source: OASIS, "Static Analysis
Results Interchange Format (SARIF) Version 2.1.0" (2020), sections 3.20, 3.27.
"""

from __future__ import annotations

import hashlib
import json
from urllib.parse import quote

from sluice import __version__
from sluice.gates.formats.words import SEVERITY, clean, problem_of, reason_of, verdict_of
from sluice.gates.policy.model import Answer
from sluice.gates.verdict.model import Problem, Report, Row

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(report: Report) -> str:
    """The document."""
    rules = list(dict.fromkeys(row.gate for row in report.rows))
    driver = {"name": "Sluice", "version": __version__, "rules": [_rule(name, report) for name in rules]}
    invocation = {
        "executionSuccessful": report.judged,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [_notification(problem) for problem in report.problems],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(row, rules.index(row.gate)) for row in report.rows if row.counts_as is not Answer.PASS],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str, report: Report) -> dict[str, object]:
    thresholds = sorted({row.threshold for row in report.rows if row.gate == name and row.threshold})
    text = f"The gate '{clean(name)}' of {report.policy}" + "".join(f", {one}" for one in thresholds)
    return {"id": clean(name), "shortDescription": {"text": text}}


def _result(row: Row, index: int) -> dict[str, object]:
    return {
        "ruleId": clean(row.gate),
        "ruleIndex": index,
        "kind": "fail",
        "level": SEVERITY[row.counts_as],
        "message": {"text": f"{clean(row.name)}: {verdict_of(row)}: {reason_of(row)}"},
        "locations": [_location(row)],
        "partialFingerprints": {"sluiceGate/v1": _fingerprint(row)},
    }


def _location(row: Row) -> dict[str, object]:
    finding = row.finding
    path, line = (finding.path, finding.line) if finding and finding.path else (row.span.file, row.span.start.line)
    place: dict[str, object] = {"artifactLocation": {"uri": quote(path.removeprefix("./"))}}
    if line and line > 0:
        place["region"] = {"startLine": line}
    return {"physicalLocation": place}


def _fingerprint(row: Row) -> str:
    parts = (row.gate, row.name, (row.finding and row.finding.path) or "")
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _notification(problem: Problem) -> dict[str, object]:
    return {"level": "warning" if problem.waiver else "error", "message": {"text": problem_of(problem)}}
