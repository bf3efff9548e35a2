import datetime as dt

from sluice.audit.auditing import evidence_of
from sluice.audit.judging import judge_audit
from sluice.audit.model import Part, Result, Status
from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure, Severity
from sluice.evidence.problems import Problem, problem
from sluice.gates.policy.reading import read_policy
from sluice.views.findings.audit import draw_audit
from sluice.views.text.lines import plain

FOUND = Finding(
    id="PYSEC-2023-221",
    kind=Kind.VULNERABILITY,
    severity=Severity.HIGH,
    title="multipart bodies",
    tool="pip-audit",
    package="werkzeug",
    version="2.3.7",
    path="requirements.txt",
    line=2,
    fixed_in=("3.0.1",),
)
OLD = Measure(name="dependency/six/age", unit="d", better=Better.LOWER, value=31)
UNCHECKED = problem(Problem.NOT_CHECKED, "rust was not checked: cargo-audit isn't installed", package="rust")
RESULTS = (
    Result(part=Part.PYTHON, status=Status.CHECKED, detail="2 packages", evidence=Evidence(findings=(FOUND,))),
    Result(part=Part.NODE, status=Status.NOTHING, detail=""),
    Result(
        part=Part.RUST, status=Status.NOT_CHECKED, detail="no cargo-audit", evidence=Evidence(problems=(UNCHECKED,))
    ),
    Result(part=Part.AGE, status=Status.CHECKED, detail="1 package", evidence=Evidence(measures=(OLD,))),
)
WAIVERS = """
[[waive]]
gate = "vulnerability/PYSEC-2023-221"
until = 2027-01-01
reason = "no multipart here"
[[waive]]
gate = "report-problem/not-checked/rust"
until = 2027-01-01
reason = "no Rust"
"""


def drawn(policy: str = "", *, everything: bool = False) -> str:
    report = judge_audit(evidence_of(RESULTS), read_policy(policy), dt.date(2026, 11, 1))
    return "\n".join(map(plain, draw_audit(RESULTS, report, everything=everything)))


def test_parts_findings_and_the_outcome_are_shown() -> None:
    assert (
        drawn()
        == """\
✗ python      failed           1 finding fails; 2 packages
- node        nothing to check
! rust        not checked      no cargo-audit
✓ age         checked          1 warning; 1 package

fail   HIGH      vulnerability/PYSEC-2023-221  requirements.txt:2
       werkzeug 2.3.7 (fixed in 3.0.1): multipart bodies
warn             dependency/six/age
       31 d is > 30d

!      report-problem/not-checked/rust  rust was not checked: cargo-audit isn't installed

audit: not all was checked, 1 failed, 1 warned, 1 thing not checked"""
    )


def test_waived_findings_are_shown_with_their_reason_and_day() -> None:
    assert "waived HIGH" not in drawn(WAIVERS)
    text = drawn(WAIVERS, everything=True)
    assert "waived HIGH      vulnerability/PYSEC-2023-221" in text
    assert "waived until 2027-01-01: no multipart here" in text
    assert "report-problem" not in drawn(WAIVERS)
    assert text.endswith("audit: warn, 1 warned, 1 waived")
    assert "waived report-problem/not-checked/rust" in text
