import json
from typing import Any

import pytest
from msgspec.structs import replace

from sluice.audit.model import Part, Result, Status
from sluice.audit.output.sarif import as_sarif
from sluice.evidence.model import Evidence, Finding, Kind, Severity
from sluice.evidence.problems import Problem, problem
from sluice.evidence.reading import read_report

FOUND = Finding(
    id="PYSEC-2024-1",
    kind=Kind.VULNERABILITY,
    severity=Severity.CRITICAL,
    title="bad",
    tool="pip-audit",
    package="pkg",
    version="1.0",
    path="requirements lock.txt",
    line=3,
    fixed_in=("1.1", "2.0"),
    aliases=("CVE-2024-1",),
)
LICENCE = Finding(id="GPL-3.0-only", kind=Kind.LICENCE, severity=Severity.HIGH, title="denied", tool="sluice licences")
SKIPPED = problem(Problem.SKIPPED, "other was not audited", tool="pip-audit", package="other")


def result(part: Part, *tools: str, evidence: Evidence) -> Result:
    return Result(part=part, status=Status.CHECKED, detail="", tools=tools, evidence=evidence)


def read_back(*results: Result, waived: dict[Finding, str] | None = None) -> Evidence:
    return read_report(as_sarif(results, waived or {}).encode(), source="audit.sarif")


def test_a_log_is_read_back_as_it_was() -> None:
    found = read_back(
        result(Part.PYTHON, "pip-audit", evidence=Evidence(findings=(FOUND,), problems=(SKIPPED,))),
        result(Part.LICENCES, "sluice licences", evidence=Evidence(findings=(LICENCE,))),
        waived={LICENCE: "ours"},
    )
    expected = [replace(FOUND, path="requirements%20lock.txt"), replace(LICENCE, path=".")]
    assert [replace(one, digest="") for one in found.findings] == expected
    assert [(one.name, one.package, one.title) for one in found.problems] == [
        ("report-problem/skipped", "other", "other was not audited")
    ]
    assert found.examined == {Kind.VULNERABILITY, Kind.LICENCE}


def test_an_unknown_severity_stays_unknown() -> None:
    evidence = Evidence(findings=(replace(FOUND, severity=Severity.UNKNOWN),))
    found = read_back(result(Part.PYTHON, "pip-audit", evidence=evidence))
    assert [one.severity for one in found.findings] == [Severity.UNKNOWN]
    assert [one.id for one in found.problems] == ["unknown-severity"]


def test_a_part_that_was_not_checked_is_a_run_that_looked_for_nothing() -> None:
    missing = problem(Problem.NOT_CHECKED, "rust was not checked", tool="cargo-audit", package="rust")
    found = read_back(
        Result(part=Part.RUST, status=Status.NOT_CHECKED, detail="", evidence=Evidence(problems=(missing,)))
    )
    assert [(one.name, one.package) for one in found.problems] == [("report-problem/not-checked", "rust")]
    assert found.examined == frozenset()


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ("pip-audit", Kind.VULNERABILITY),
        ("npm audit", Kind.VULNERABILITY),
        ("cargo-audit", Kind.VULNERABILITY),
        ("bandit", Kind.CODE),
        ("detect-secrets", Kind.SECRET),
        ("zizmor", Kind.MISCONFIGURATION),
        ("sluice lint", Kind.MISCONFIGURATION),
        ("hadolint", Kind.MISCONFIGURATION),
        ("sluice dockerfiles", Kind.MISCONFIGURATION),
        ("sluice licences", Kind.LICENCE),
        ("sluice age", Kind.DEPENDENCY),
    ],
)
def test_a_tool_that_found_nothing_looked_for_its_kind(tool: str, kind: Kind) -> None:
    assert read_back(result(Part.CODE, tool, evidence=Evidence())).examined == {kind}


def test_code_scanning_gets_a_score_a_place_and_a_suppression() -> None:
    log: dict[str, Any] = json.loads(
        as_sarif([result(Part.PYTHON, "pip-audit", evidence=Evidence(findings=(FOUND,)))], {FOUND: "why"})
    )
    run = log["runs"][0]
    assert run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "9.5"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("requirements%20lock.txt", 3)
    assert run["results"][0]["suppressions"][0]["justification"] == "why"
    assert run["invocations"][0]["executionSuccessful"] is True
