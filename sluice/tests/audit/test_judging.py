import datetime as dt

import pytest

from sluice.audit.judging import judge_audit
from sluice.evidence.model import Better, Evidence, Finding, Kind, Measure, Severity
from sluice.evidence.problems import Problem, problem
from sluice.gates.policy.reading import read_policy

TODAY = dt.date(2026, 11, 1)


def finding(kind: Kind, severity: Severity, path: str = "a/b.py") -> Finding:
    return Finding(id="X1", kind=kind, severity=severity, title="bad", tool="t", path=path, package="pkg")


def code_of(evidence: Evidence, policy: str = "") -> int:
    return judge_audit(evidence, read_policy(policy), TODAY).exit_code


@pytest.mark.parametrize(
    ("kind", "passes", "fails"),
    [
        (Kind.VULNERABILITY, Severity.MEDIUM, Severity.HIGH),
        (Kind.CODE, Severity.LOW, Severity.MEDIUM),
        (Kind.SECRET, Severity.NONE, Severity.MEDIUM),
        (Kind.MISCONFIGURATION, Severity.MEDIUM, Severity.HIGH),
        (Kind.LICENCE, Severity.MEDIUM, Severity.HIGH),
    ],
)
def test_each_kind_has_a_threshold_where_no_gate_speaks_of_it(kind: Kind, passes: Severity, fails: Severity) -> None:
    assert code_of(Evidence(findings=(finding(kind, passes),))) == 0
    assert code_of(Evidence(findings=(finding(kind, fails),))) == 1


def test_a_gate_of_the_repository_takes_the_place_of_the_default() -> None:
    evidence = Evidence(findings=(finding(Kind.CODE, Severity.MEDIUM), finding(Kind.SECRET, Severity.HIGH)))
    policy = '[gate."code/*"]\nfail = ">= HIGH"\n[gate."bench/**"]\nfail = "> 1 s"\n'
    report = judge_audit(evidence, read_policy(policy), TODAY)
    assert [(row.gate, row.counts_as) for row in report.rows if row.finding] == [("secret/**", "fail")]


@pytest.mark.parametrize("name", ["code/X1", "code/X1/a/**", "code/X1/pkg", "code/**"])
@pytest.mark.parametrize(("until", "code"), [("2026-11-01", 0), ("2026-10-31", 1)])
def test_a_waiver_names_a_finding_its_path_or_its_package_until_its_day(name: str, until: str, code: int) -> None:
    policy = f'[[waive]]\ngate = "{name}"\nuntil = {until}\nreason = "known"\n'
    assert code_of(Evidence(findings=(finding(Kind.CODE, Severity.HIGH),)), policy) == code


def test_what_was_not_checked_is_no_pass_unless_it_is_waived() -> None:
    evidence = Evidence(problems=(problem(Problem.NOT_CHECKED, "rust was not checked", package="rust"),))
    waiver = '[[waive]]\ngate = "report-problem/not-checked/{}"\nuntil = 2027-01-01\nreason = "no Rust here"\n'
    assert code_of(evidence) == 2
    assert code_of(evidence, waiver.format("rust")) == 0
    assert code_of(evidence, waiver.format("node")) == 2


@pytest.mark.parametrize(("days", "verdict"), [(30, "pass"), (31, "warn")])
def test_a_dependency_warns_after_30_days(days: float, verdict: str) -> None:
    old = Measure(name="dependency/x/age", unit="d", better=Better.LOWER, value=days)
    assert judge_audit(Evidence(measures=(old,)), read_policy(""), TODAY).verdict == verdict
