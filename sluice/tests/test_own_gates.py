"""This repository's own gates, ``sluice.toml``: what is usual passes, and each gate is shown red."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from sluice.app.gating import load_policy, read_reports
from sluice.evidence.model import Evidence
from sluice.gates.baseline import Baseline, Baselines, Origin
from sluice.gates.policy.model import BaselineKind
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report

ROOT = Path(__file__).parents[2]
POLICY = load_policy(ROOT, None)
TODAY = dt.date(2026, 11, 1)


def reports(folder: Path, tests: int = 1000, failed: int = 0, covered: int = 930, **measured: str) -> Path:
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
        "bench/critical/parse-share": "1000 ns",
        **{name: text for name, text in measured.items() if text},
    }
    lines = [
        json.dumps({"measure": name, "value": float(number), "unit": unit})
        for name, (number, unit) in ((name, text.split()) for name, text in given.items())
        if number != "0"
        for _ in range(15)
    ]
    (folder / "package.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def judged(tmp_path: Path, **changes: object) -> Report:
    base = read(reports(tmp_path / "base"))
    now = read(reports(tmp_path / "now", **changes))  # type: ignore[arg-type]  # a test's changes are right
    origin = Origin(kind=BaselineKind.MERGE_BASE, commit="c" * 40)
    return judge(now, Baselines(ancestors=(Baseline.of(origin, base.measures),)), POLICY, TODAY)


def read(folder: Path) -> Evidence:
    return read_reports(folder, [folder])


NATIVE = ("counter-inc", "gauge-set", "histogram-observe")
RED: list[tuple[str, dict[str, object]]] = [
    ("test/failed", {"failed": 1}),
    ("test/*", {"failed": 1}),
    ("test/count", {"tests": 940}),
    ("coverage/line", {"covered": 849}),
    ("coverage/**", {"covered": 870}),
    ("package/size", {"package/size": "2 MB"}),
    ("bench/start", {"bench/start": "600 ms"}),
    ("bench/start", {"bench/start": "0 ms"}),
    ("bench/critical/**", {"bench/critical/parse-share": "1300 ns"}),
    *((f"bench/metrics/{name}/native", {f"bench/metrics/{name}/native": "11 ns"}) for name in NATIVE),
]
WARNED: dict[str, dict[str, object]] = {
    "bench/critical/**": {"bench/critical/parse-share": "1150 ns"},
    "dependency/*/age": {"dependency/click/age": "31 d"},
}


def test_what_is_usual_passes(tmp_path: Path) -> None:
    report = judged(tmp_path)
    assert [row.name for row in report.rows if row.verdict != "pass"] == []
    assert (report.exit_code, report.problems) == (0, ())


@pytest.mark.parametrize(("gate", "changes"), RED)
def test_each_gate_refuses_what_it_is_there_for(tmp_path: Path, gate: str, changes: dict[str, object]) -> None:
    report = judged(tmp_path, **changes)
    assert report.exit_code == 1
    assert gate in {row.gate for row in report.rows if row.verdict == "fail"}


@pytest.mark.parametrize("gate", WARNED)
def test_what_is_on_its_way_warns(tmp_path: Path, gate: str) -> None:
    report = judged(tmp_path, **WARNED[gate])
    assert report.exit_code == 0
    assert {row.gate for row in report.rows if row.verdict == "warn"} == {gate}


def test_every_gate_has_a_case() -> None:
    assert {gate.pattern.text for gate in POLICY.gates} == {gate for gate, _ in RED} | WARNED.keys()


def test_two_suites_are_counted_together(tmp_path: Path) -> None:
    (count,) = [row for row in judged(tmp_path).rows if row.name == "test/count"]
    assert count.value == 2000
