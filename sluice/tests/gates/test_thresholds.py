"""Each threshold of the specification on both sides of it, on what real tools wrote."""

import datetime as dt
import json
from pathlib import Path

import pytest
from judging_samples import evidence, merge_base, same_run
from msgspec.structs import replace

from sluice.audit.index import days_behind, releases_in
from sluice.evidence.model import Better, Evidence, Measure
from sluice.evidence.reading import read_report
from sluice.gates.baseline import Baselines
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report

REPORTS = Path(__file__).parents[1] / "cases/evidence/ok"
TODAY = dt.date(2026, 11, 1)


def read(name: str) -> Evidence:
    return read_report((REPORTS / name).read_bytes(), source=name)


def of(name: str, measure: str) -> Measure:
    return next(found for found in read(name).measures if found.name == measure)


def scaled(measure: Measure, factor: float) -> Measure:
    """As if all of it were ``factor`` times as much."""
    samples = tuple(sample * factor for sample in measure.samples)
    return replace(measure, value=measure.value * factor, samples=samples)


def judged(found: Evidence, baselines: Baselines, gate: str) -> Report:
    return judge(found, baselines, read_policy(gate), TODAY)


BENCH = '[gate."bench/**"]\nfail = "> +20%"\nwarn = ">= +10%"\n'
TIMED = [
    ("pytest-benchmark.json", "bench/test_bench.py::test_sort[100]"),
    ("pyperf.json", "bench/join"),
    ("pyperf.json", "bench/split"),
]


@pytest.mark.parametrize(("name", "bench"), TIMED)
@pytest.mark.parametrize(("factor", "verdict", "code"), [(1.05, "pass", 0), (1.15, "warn", 0), (1.25, "fail", 1)])
def test_performance_warns_from_10_and_fails_above_20_percent(
    name: str, bench: str, factor: float, verdict: str, code: int
) -> None:
    base = of(name, bench)
    report = judged(evidence(scaled(base, factor)), same_run(base), BENCH)
    assert (report.rows[0].verdict, report.exit_code) == (verdict, code)


@pytest.mark.parametrize(("name", "bench"), TIMED)
def test_an_operation_under_its_ceiling_passes_and_one_at_it_fails(name: str, bench: str) -> None:
    found = of(name, bench)
    lowest, highest = min(found.samples) * 1e9, max(found.samples) * 1e9
    above = judged(evidence(found), Baselines(), f'[gate."bench/**"]\nfail = ">= {highest + 1:.3f} ns"\n')
    below = judged(evidence(found), Baselines(), f'[gate."bench/**"]\nfail = ">= {lowest - 1:.3f} ns"\n')
    assert (above.exit_code, below.exit_code) == (0, 1)


@pytest.mark.parametrize(("before", "code"), [(45.0, 0), (45.1, 1), (30.0, 0)])
def test_coverage_fails_when_more_than_5_points_are_lost(before: float, code: int) -> None:
    found = of("coverage.json", "coverage/line")
    report = judged(
        evidence(found), merge_base(replace(found, value=before)), '[gate."coverage/line"]\nfail = "< -5pp"\n'
    )
    assert (found.value, report.exit_code) == (40.0, code)


IMAGE = '[gate."image/size"]\nfail = "> +50MB"\nwarn = ">= +20MB"\n'


@pytest.mark.parametrize(
    ("grown", "verdict"), [(19_999_999, "pass"), (20_000_000, "warn"), (50_000_000, "warn"), (50_000_001, "fail")]
)
def test_an_image_warns_from_20_and_fails_above_50_mb(grown: int, verdict: str) -> None:
    found = of("image-manifest.json", "image/size")
    before = replace(found, value=found.value - grown)
    assert judged(evidence(found), merge_base(before), IMAGE).rows[0].verdict == verdict


def test_high_vulnerabilities_fail_and_a_gate_above_them_passes() -> None:
    found = read("grype.json")
    high = judged(found, Baselines(), '[gate."vulnerability/*"]\nfail = ">= HIGH"\n')
    assert ([row.name for row in high.rows], high.exit_code) == (
        ["vulnerability/CVE-2024-0001", "vulnerability/GHSA-462w-v97r-4m45"],
        1,
    )
    low = [one for one in found.findings if one.severity == "LOW"]
    assert judged(evidence(findings=low), Baselines(), '[gate."vulnerability/*"]\nfail = ">= HIGH"\n').exit_code == 0


def test_a_clean_audit_passes_and_one_with_unknown_severities_could_not_be_judged() -> None:
    gate = '[gate."vulnerability/*"]\nfail = ">= HIGH"\n'
    assert judged(read("pip-audit-clean.json"), Baselines(), gate).exit_code == 0
    assert judged(read("pip-audit.json"), Baselines(), gate).exit_code == 2
    assert judged(read("coverage.json"), Baselines(), gate).exit_code == 1


def test_a_skipped_package_is_waived_by_its_name_only() -> None:
    found = read("pip-audit-skipped.json")
    names = {problem.package for problem in found.problems}
    waivers = "".join(
        f'[[waive]]\ngate = "report-problem/skipped/{name}"\nuntil = 2027-01-01\nreason = "ours"\n' for name in names
    )
    assert judged(found, Baselines(), "").exit_code == 2
    assert judged(found, Baselines(), waivers).exit_code == 0
    assert judged(found, Baselines(), waivers.replace("skipped/", "skipped/not-")).exit_code == 2


def test_allocations_that_are_always_none_are_no_change() -> None:
    found = of("go-bench.txt", "bench/example.org/shares/Digest/allocations")
    assert judged(evidence(found), same_run(found), BENCH).rows[0].verdict == "pass"


CEILING = '[gate."bench/**"]\nfail = ">= 10 ns"\n'


@pytest.mark.parametrize("operation", ["counter_inc", "gauge_set", "gauge_inc", "histogram_observe"])
def test_counting_stays_under_10_ns(operation: str) -> None:
    found = of("native-metrics.json", f"bench/benches/metrics.py::{operation}_[native_loop]")
    under = scaled(found, 9.99e-9 / max(found.samples))
    over = scaled(found, 10.01e-9 / min(found.samples))
    assert [judged(evidence(one), Baselines(), CEILING).exit_code for one in (under, over)] == [0, 1]


@pytest.mark.parametrize(
    ("name", "gate", "limit"),
    [
        ("memory/proxy", '[gate."memory/*"]\nfail = ">= 512 MB"\n', 512e6),
        ("cpu/proxy", '[gate."cpu/*"]\nfail = ">= 50%"\n', 50.0),
    ],
)
def test_memory_stays_under_512_mb_and_cpu_under_50_percent(name: str, gate: str, limit: float) -> None:
    found = of("proxy.jsonl", name)
    assert judged(evidence(found), Baselines(), gate).exit_code == 0
    below, at = replace(found, value=limit * 0.9999), replace(found, value=limit)
    assert [judged(evidence(one), Baselines(), gate).exit_code for one in (below, at)] == [0, 1]


@pytest.mark.parametrize(("grown", "verdict"), [(99_999_999, "pass"), (100_000_000, "pass"), (100_000_001, "warn")])
def test_memory_that_grows_by_more_than_100_mb_is_to_be_looked_at(grown: int, verdict: str) -> None:
    before = of("proxy.jsonl", "memory/proxy")
    now = replace(before, value=before.value + grown)
    report = judged(evidence(now), merge_base(before), '[gate."memory/*"]\nwarn = "> +100MB"\n')
    assert report.rows[0].verdict == verdict


@pytest.mark.parametrize(("days", "verdict"), [(30, "pass"), (31, "warn")])
def test_a_dependency_warns_when_it_is_outdated_for_more_than_30_days(days: int, verdict: str) -> None:
    """By what a package index said of jinja2: 3.1.6 came out on 5 March 2025."""
    index = json.loads((REPORTS.parents[1] / "audit/index-jinja2.json").read_text(encoding="utf-8"))
    today = dt.date(2025, 3, 5) + dt.timedelta(days=days)
    behind, newest = days_behind("3.1.5", releases_in(index), today)
    assert (behind, str(newest)) == (days, "3.1.6")
    age = Measure(name="dependency/jinja2/age", unit="d", better=Better.LOWER, value=behind)
    report = judged(evidence(age), Baselines(), '[gate."dependency/*/age"]\nwarn = "> 30d"\n')
    assert report.rows[0].verdict == verdict


def test_severities_on_both_sides_of_high_from_one_scan() -> None:
    found = read("grype.json")
    verdicts = {}
    for one in found.findings:
        report = judged(evidence(findings=[one]), Baselines(), '[gate."vulnerability/*"]\nfail = ">= HIGH"\n')
        verdicts[one.severity.value] = report.exit_code
    assert {"MEDIUM", "LOW"} & set(verdicts)
    assert verdicts == {severity: int(severity in {"HIGH", "CRITICAL"}) for severity in verdicts}
