"""Each threshold of the specification on both sides of it, on what real tools wrote."""

import datetime as dt
from pathlib import Path

import pytest
from judging_samples import evidence, merge_base, same_run
from msgspec.structs import replace

from sluice.evidence.model import Evidence, Measure
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
