"""This repository's own gates, ``sluice.toml``: what is usual passes, and each gate is shown red."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
import yaml

from sluice.app.judging.gating import load_policy, read_reports
from sluice.audit.model import Part, Result, Status
from sluice.audit.output.sarif import as_sarif
from sluice.evidence.model import Evidence, Finding, Kind, Severity
from sluice.gates.baseline import Baseline, Baselines, Origin
from sluice.gates.policy.model import BaselineKind
from sluice.gates.policy.narrowing import narrow
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report

ROOT = Path(__file__).parents[2]
POLICY = load_policy(ROOT, None)
TODAY = dt.date(2026, 11, 1)
JUDGES = r"make (audit|outdated)|sluice audit|actions/gate"


def reports(
    folder: Path, tests: int = 200, failed: int = 0, covered: int = 930, bad: tuple[Kind, ...] = (), **measured: str
) -> Path:
    """What the jobs upload: two suites, one coverage, the package's measures."""
    folder.mkdir()
    for suite in ("3.11", "3.13"):
        cases = [f'<testcase classname="c" name="t{number}" time="0.1"/>' for number in range(tests - failed)]
        cases += [
            f'<testcase classname="c" name="f{number}" time="0.1"><failure message="no"/></testcase>'
            for number in range(failed)
        ]
        text = f'<testsuites><testsuite name="{suite}">{"".join(cases)}</testsuite></testsuites>'
        (folder / f"tests-{suite}.xml").write_text(text, encoding="utf-8")
    totals = {"covered_lines": covered, "num_statements": 1000}
    coverage = {"meta": {"version": "7.10", "format": 3}, "files": {}, "totals": totals}
    (folder / "coverage.json").write_text(json.dumps(coverage), encoding="utf-8")
    given = {
        "package/size": "900 KB",
        "bench/start": "60 ms",
        "bench/metrics/gauge-set/native": "2 ns",
        "bench/other": "10 ms",
        "memory/proxy": "120 MB",
        "cpu/proxy": "20 %",
        "image/slim/size": "180 MB",
        "dependency/six/age": "0 d",
        **{name: text for name, text in measured.items() if text},
    }
    lines = [
        json.dumps({"measure": name, "value": float(number), "unit": unit, "better": "lower"})
        for name, (number, unit) in ((name, text.split()) for name, text in given.items())
        if number != "none"
        for _ in range(15)
    ]
    (folder / "package.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / "audit.sarif").write_text(as_sarif(audited(*bad), {}), encoding="utf-8")
    return folder


def audited(*bad: Kind) -> list[Result]:
    """An audit that found something bad of these kinds."""
    tools = {
        Kind.VULNERABILITY: "pip-audit",
        Kind.CODE: "bandit",
        Kind.SECRET: "detect-secrets",
        Kind.MISCONFIGURATION: "zizmor",
        Kind.LICENCE: "sluice licences",
    }
    return [
        Result(part=Part.CODE, status=Status.CHECKED, detail="", tools=(tool,), evidence=found(kind, tool, kind in bad))
        for kind, tool in tools.items()
    ]


def found(kind: Kind, tool: str, bad: bool) -> Evidence:
    one = Finding(id="x", kind=kind, severity=Severity.HIGH, title="bad", tool=tool)
    return Evidence(findings=(one,) if bad else ())


def judged(tmp_path: Path, **changes: object) -> Report:
    base = read(reports(tmp_path / "base"))
    now = read(reports(tmp_path / "now", **changes))  # type: ignore[arg-type]  # a test's changes are right
    origin = Origin(kind=BaselineKind.MERGE_BASE, commit="c" * 40)
    return judge(now, Baselines(ancestors=(Baseline.of(origin, base.measures),)), POLICY, TODAY)


def read(folder: Path) -> Evidence:
    return read_reports(folder, [folder])


RED: list[tuple[str, dict[str, object]]] = [
    ("bench/**", {"bench/other": "13 ms"}),
    ("bench/metrics/*/native", {"bench/metrics/gauge-set/native": "10 ns"}),
    ("bench/metrics/*/native", {"bench/metrics/gauge-inc/native": "12.4 ns"}),
    ("memory/*", {"memory/proxy": "512 MB"}),
    ("cpu/*", {"cpu/proxy": "50 %"}),
    ("image/*/size", {"image/slim/size": "231 MB"}),
    ("vulnerability/*", {"bad": (Kind.VULNERABILITY,)}),
    ("code/*", {"bad": (Kind.CODE,)}),
    ("secret/*", {"bad": (Kind.SECRET,)}),
    ("misconfiguration/*", {"bad": (Kind.MISCONFIGURATION,)}),
    ("licence/*", {"bad": (Kind.LICENCE,)}),
    ("test/failed", {"failed": 1}),
    ("test/*", {"failed": 1}),
    ("test/count", {"tests": 188}),
    ("coverage/line", {"covered": 849}),
    ("coverage/**", {"covered": 870}),
    ("package/size", {"package/size": "2 MB"}),
    ("bench/start", {"bench/start": "600 ms"}),
    ("bench/start", {"bench/start": "none ms"}),
]


def test_what_is_usual_passes(tmp_path: Path) -> None:
    report = judged(tmp_path)
    assert [row.name for row in report.rows if row.verdict != "pass"] == []
    assert (report.exit_code, report.problems) == (0, ())
    assert [notice.message for notice in report.notices if "refuses what improves" in notice.message] == []


@pytest.mark.parametrize(("gate", "changes"), RED)
def test_each_gate_refuses_what_it_is_there_for(tmp_path: Path, gate: str, changes: dict[str, object]) -> None:
    report = judged(tmp_path, **changes)
    assert report.exit_code == 1
    assert gate in {row.gate for row in report.rows if row.verdict == "fail"}


WARNED: list[tuple[str, dict[str, object]]] = [
    ("bench/**", {"bench/other": "11.5 ms"}),
    ("memory/*", {"memory/proxy": "221 MB"}),
    ("image/*/size", {"image/slim/size": "200 MB"}),
    ("dependency/*/age", {"dependency/six/age": "31 d"}),
]


@pytest.mark.parametrize(("gate", "changes"), WARNED)
def test_what_is_to_be_looked_at_is_warned_of(tmp_path: Path, gate: str, changes: dict[str, object]) -> None:
    report = judged(tmp_path, **changes)
    assert report.exit_code == 0
    assert gate in {row.gate for row in report.rows if row.verdict == "warn"}


def test_every_gate_has_a_case() -> None:
    assert {gate.pattern.text for gate in POLICY.gates} == {gate for gate, _ in (*RED, *WARNED)}


def test_the_workflow_names_gates_that_there_are() -> None:
    text = (ROOT / ".github/workflows/ci-cd.yml").read_text(encoding="utf-8")
    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job.get("steps", ())]
    named = [step["with"].get("only", "").split() for step in steps if step.get("uses") == "./actions/gate"]
    assert named
    for only in named:
        assert narrow(POLICY, only).gates


def test_two_suites_are_counted_together(tmp_path: Path) -> None:
    (count,) = [row for row in judged(tmp_path).rows if row.name == "test/count"]
    assert count.value == 400


@pytest.mark.parametrize("name", ["ci-cd.yml", "docker.yml"])
def test_who_judges_a_change_has_the_base_commit_whose_policy_holds(name: str) -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows" / name).read_text(encoding="utf-8"))["jobs"]
    judging = {key: job["steps"] for key, job in jobs.items() if re.search(JUDGES, json.dumps(job))}
    assert judging
    for key, steps in judging.items():
        depths = [one.get("with", {}).get("fetch-depth") for one in steps if "actions/checkout@" in one.get("uses", "")]
        assert depths == [0], key
