"""An audit as one SARIF 2.1.0 log: a run for each tool, for code scanning, and for ``sluice gate`` to read.

What SARIF has no place for (a finding's kind, package, severity in CVSS's words; a problem's name) stands in the
property bag ``sluice``. A waived finding is a suppressed result. GitHub reads ``security-severity`` of the rules.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from msgspec import Struct, field

from sluice import __version__
from sluice.audit.model import Result
from sluice.evidence.model import Finding, Kind, Severity
from sluice.evidence.problems import Problem
from sluice.evidence.severities import worst

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.UNKNOWN: "warning"}
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""A score within each rating's range in CVSS: which one a tool gave isn't kept."""
_SECURITY = {Kind.VULNERABILITY, Kind.CODE, Kind.SECRET, Kind.MISCONFIGURATION}


class _Run(Struct):
    """What one tool said in all parts; ``checked`` where it came to look at all."""

    checked: bool = False
    findings: list[Finding] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)


def as_sarif(results: Iterable[Result], waived: Mapping[Finding, str]) -> str:
    """The document; ``waived`` says why a finding doesn't count. A tool that could not look is a run that failed."""
    runs: dict[str, _Run] = {}
    for result in results:
        for tool in result.tools:
            runs.setdefault(tool, _Run()).checked = True
        for found in result.evidence.findings:
            runs.setdefault(found.tool, _Run()).findings.append(found)
        for found in result.evidence.problems:
            # the reader says once more what nobody rated
            if found.id != Problem.UNKNOWN_SEVERITY.value:
                runs.setdefault(found.tool, _Run()).problems.append(found)
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(tool, run, waived) for tool, run in runs.items()]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _run(tool: str, run: _Run, waived: Mapping[Finding, str]) -> dict[str, object]:
    rules = {
        id_: [one for one in run.findings if one.id == id_] for id_ in dict.fromkeys(one.id for one in run.findings)
    }
    numbers = {id_: number for number, id_ in enumerate(rules)}
    listed = [_rule(id_, findings) for id_, findings in rules.items()]
    found = {"results": [_result(one, numbers[one.id], waived.get(one)) for one in run.findings]}
    return {
        "tool": {"driver": {"name": tool, "semanticVersion": __version__, "rules": listed}},
        "invocations": [
            {
                "executionSuccessful": run.checked and not run.problems,
                "toolExecutionNotifications": list(map(_notification, run.problems)),
            }
        ],
        "columnKind": "unicodeCodePoints",
        **(found if run.checked or run.findings else {}),
    }


def _rule(id_: str, findings: list[Finding]) -> dict[str, object]:
    severity = worst([one.severity for one in findings])
    kind = findings[0].kind
    score = _SCORES.get(severity) if kind in _SECURITY else None
    return {
        "id": id_,
        "shortDescription": {"text": findings[0].title},
        "defaultConfiguration": {"level": _LEVELS.get(severity, "note")},
        "properties": {"tags": ["security", kind.value], **({"security-severity": score} if score else {})},
    }


def _result(found: Finding, rule: int, waiver: str | None) -> dict[str, object]:
    suppressions = [{"kind": "external", "status": "accepted", "justification": waiver}] if waiver else None
    said: dict[str, object] = {"kind": found.kind.value, "severity": found.severity.value}
    said |= {"package": found.package} if found.package else {}
    said |= {"version": found.version} if found.version else {}
    said |= {"fixedIn": list(found.fixed_in)} if found.fixed_in else {}
    said |= {"aliases": list(found.aliases)} if found.aliases else {}
    return {
        "ruleId": found.id,
        "ruleIndex": rule,
        "kind": "fail",
        "level": _LEVELS.get(found.severity, "note"),
        "message": {"text": found.title},
        "locations": [_location(found)],
        "partialFingerprints": {"sluiceAudit/v1": _fingerprint(found)},
        **({"suppressions": suppressions} if suppressions else {}),
        "properties": {"sluice": said},
    }


def _location(found: Finding) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": quote(found.path or ".")}}
    if found.line:
        place["region"] = {"startLine": found.line}
    return {"physicalLocation": place}


def _fingerprint(found: Finding) -> str:
    parts = (found.id, found.package or "", found.path or "", found.title)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _notification(found: Finding) -> dict[str, object]:
    said = {"problem": found.id, **({"package": found.package} if found.package else {})}
    return {"level": "error", "message": {"text": found.title}, "properties": {"sluice": said}}
