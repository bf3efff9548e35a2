"""Each threshold of the specification on both sides of it, on what real tools wrote."""

import datetime as dt
import json
from pathlib import Path

import pytest
from judging_samples import evidence, merge_base, same_run
from msgspec.structs import replace

from sluice.audit.advisories.database import AdvisoryDatabase
from sluice.audit.index import days_behind, releases_in
from sluice.evidence.advisories import NO_ADVISORIES, Advisories, read_advisories
from sluice.evidence.model import Better, Evidence, Measure, Severity
from sluice.evidence.reading import read_report
from sluice.gates.baseline import Baselines
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report

CASES = Path(__file__).parents[1] / "cases"
ADVISORIES = CASES / "evidence/advisories"
TODAY = dt.date(2026, 11, 1)


def read(name: str, advisories: Advisories = NO_ADVISORIES) -> Evidence:
    folders = (CASES / "evidence/thresholds", CASES / "evidence/ok")
    path = next(folder / name for folder in folders if (folder / name).is_file())
    return read_report(path.read_bytes(), source=name, advisories=advisories)


def rated(name: str) -> Evidence:
    """A report whose findings are rated by the advisories that the tool looked them up in."""
    records = AdvisoryDatabase(ADVISORIES)
    ids = {each for found in read(name).findings for each in (found.id, *found.aliases)}
    return read(name, read_advisories(filter(None, map(records.record, ids))))


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


@pytest.mark.parametrize(("percent", "verdict", "code"), [(105, "pass", 0), (115, "warn", 0), (125, "fail", 1)])
def test_a_benchmark_that_got_slower_warns_from_10_and_fails_above_20_percent(
    percent: int, verdict: str, code: int
) -> None:
    before, found = (of("bench.json", f"bench/test_work.py::test_work[{each}]") for each in (100, percent))
    report = judged(evidence(replace(found, name=before.name)), same_run(before), BENCH)
    assert (report.rows[0].verdict, report.exit_code) == (verdict, code)


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


@pytest.mark.parametrize(("now", "code"), [(95, 0), (90, 0), (89, 1)])
def test_coverage_fails_when_more_than_5_points_are_lost(now: int, code: int) -> None:
    before, found = (of(f"coverage-{share}.json", "coverage/line") for share in (95, now))
    report = judged(evidence(found), merge_base(before), '[gate."coverage/line"]\nfail = "< -5pp"\n')
    assert (found.value, report.exit_code) == (now, code)


IMAGE = '[gate."image/size"]\nfail = "> +50MB"\nwarn = ">= +20MB"\n'


@pytest.mark.parametrize(
    ("grown", "verdict"),
    [("plus-19.9-mb", "pass"), ("plus-20.1-mb", "warn"), ("plus-49.9-mb", "warn"), ("plus-50.1-mb", "fail")],
)
def test_an_image_that_grew_warns_from_20_and_fails_above_50_mb(grown: str, verdict: str) -> None:
    before, found = (of(f"image-{name}.json", "image/size") for name in ("before", grown))
    assert judged(evidence(found), merge_base(before), IMAGE).rows[0].verdict == verdict


@pytest.mark.parametrize(
    ("grown", "verdict"), [(19_999_999, "pass"), (20_000_000, "warn"), (50_000_000, "warn"), (50_000_001, "fail")]
)
def test_an_images_thresholds_are_exact_to_the_byte(grown: int, verdict: str) -> None:
    found = of("image-manifest.json", "image/size")
    before = replace(found, value=found.value - grown)
    assert judged(evidence(found), merge_base(before), IMAGE).rows[0].verdict == verdict


HIGH = '[gate."vulnerability/*"]\nfail = ">= HIGH"\n'
RATED = [
    ("npm-audit.json", {"GHSA-29mw-wpgm-hmr9": 0, "GHSA-pxg6-pf52-xh8x": 0, "GHSA-52f5-9888-hmc6": 0}),
    ("trivy.json", {"CVE-2020-28724": 0, "CVE-2019-1563": 0, "CVE-2019-14806": 1, "CVE-2019-10744": 1}),
    ("trivy.sarif", {"CVE-2020-28724": 0, "CVE-2019-1563": 0, "CVE-2019-14806": 1, "CVE-2019-10744": 1}),
    ("grype.json", {"GHSA-9f24-jqhm-jfcw": 0, "GHSA-68rp-wp8r-4726": 0, "CVE-2024-0727": 0}),
    ("grype.json", {"GHSA-38jv-5279-wg99": 1, "GHSA-896r-f27r-55mw": 1}),
    ("grype.sarif", {"GHSA-9f24-jqhm-jfcw": 0, "GHSA-38jv-5279-wg99": 1, "GHSA-896r-f27r-55mw": 1}),
    ("npm-audit.json", {"GHSA-35jh-r3h4-6jhm": 1, "GHSA-xvch-5gv4-984h": 1}),
    ("cargo-audit.json", {"RUSTSEC-2020-0071": 0, "RUSTSEC-2024-0336": 1, "RUSTSEC-2021-0003": 1}),
    ("pip-audit-rated.json", {"PYSEC-2023-237": 0, "PYSEC-2023-239": 0, "PYSEC-2024-31": 0, "PYSEC-2024-32": 0}),
    ("pip-audit-rated.json", {"PYSEC-2023-196": 1, "PYSEC-2024-30": 1, "PYSEC-2023-241": 1}),
]
"""What a scanner found, and whether it is high: from 6.8 (PYSEC-2023-239) and 7.2 (PYSEC-2023-196) outwards."""


@pytest.mark.parametrize(("name", "codes"), RATED)
def test_a_vulnerability_fails_from_high_on(name: str, codes: dict[str, int]) -> None:
    by_id = {one.id: one for one in rated(name).findings}
    judgements = {each: judged(evidence(findings=[by_id[each]]), Baselines(), HIGH).exit_code for each in codes}
    assert judgements == codes


@pytest.mark.parametrize(("name", "code"), [("pip-audit-medium.json", 0), ("pip-audit-rated.json", 1)])
def test_an_audit_fails_when_one_of_what_it_found_is_high(name: str, code: int) -> None:
    assert judged(rated(name), Baselines(), HIGH).exit_code == code


def test_a_clean_audit_passes_and_one_with_unknown_severities_could_not_be_judged() -> None:
    assert judged(read("pip-audit-clean.json"), Baselines(), HIGH).exit_code == 0
    assert judged(read("pip-audit.json"), Baselines(), HIGH).exit_code == 2
    assert judged(read("coverage.json"), Baselines(), HIGH).exit_code == 1


@pytest.mark.parametrize("name", ["trivy.json", "trivy.sarif"])
def test_what_a_scanner_does_not_rate_is_no_pass(name: str) -> None:
    """Trivy's SARIF gives it a score of 0.0."""
    found = read(name)
    assert {one.id for one in found.findings if one.severity is Severity.UNKNOWN} == {"CVE-2021-38561"}
    unrated = [one for one in found.problems if one.id == "unknown-severity"]
    assert judged(evidence(problems=unrated), Baselines(), "").exit_code == 2


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


@pytest.mark.parametrize("operation", ["counter-inc", "gauge-set", "gauge-inc", "histogram-observe"])
@pytest.mark.parametrize(("who", "code"), [("native", 0), ("loka_metrics", 1)])
def test_counting_stays_under_10_ns(operation: str, who: str, code: int) -> None:
    """A native operation does, its call from Python doesn't."""
    found = of("metrics.json", f"bench/metrics/{operation}/{who}")
    assert judged(evidence(found), Baselines(), CEILING).exit_code == code


@pytest.mark.parametrize("operation", ["counter-inc", "gauge-set", "gauge-inc", "histogram-observe"])
def test_the_ceiling_of_counting_is_exact(operation: str) -> None:
    found = of("metrics.json", f"bench/metrics/{operation}/native")
    under = scaled(found, 9.99e-9 / max(found.samples))
    over = scaled(found, 10.01e-9 / min(found.samples))
    assert [judged(evidence(one), Baselines(), CEILING).exit_code for one in (under, over)] == [0, 1]


MEMORY = '[gate."memory/*"]\nfail = ">= 512 MB"\nwarn = "> +100MB"\n'
CPU = '[gate."cpu/*"]\nfail = ">= 50%"\n'


@pytest.mark.parametrize(
    ("report", "name", "gate", "code"),
    [
        ("proxy-503-mb.jsonl", "memory/proxy", MEMORY, 0),
        ("proxy-523-mb.jsonl", "memory/proxy", MEMORY, 1),
        ("proxy-133-mb.jsonl", "cpu/proxy", CPU, 0),
        ("proxy-143-mb.jsonl", "cpu/proxy", CPU, 1),
    ],
)
def test_a_proxy_stays_under_512_mb_and_50_percent(report: str, name: str, gate: str, code: int) -> None:
    assert judged(evidence(of(report, name)), Baselines(), gate).exit_code == code


@pytest.mark.parametrize(
    ("name", "gate", "limit"), [("memory/proxy", MEMORY, 512e6), ("cpu/proxy", CPU, 50.0)], ids=["memory", "cpu"]
)
def test_what_is_at_the_limit_fails(name: str, gate: str, limit: float) -> None:
    found = of("proxy.jsonl", name)
    below, at = replace(found, value=limit * 0.9999), replace(found, value=limit)
    assert [judged(evidence(one), Baselines(), gate).exit_code for one in (below, at)] == [0, 1]


@pytest.mark.parametrize(("report", "verdict"), [("proxy-133-mb.jsonl", "pass"), ("proxy-143-mb.jsonl", "warn")])
def test_memory_that_grew_by_more_than_100_mb_is_to_be_looked_at(report: str, verdict: str) -> None:
    before, now = (of(name, "memory/proxy") for name in ("proxy-38-mb.jsonl", report))
    assert judged(evidence(now), merge_base(before), MEMORY).rows[0].verdict == verdict


@pytest.mark.parametrize(("grown", "verdict"), [(99_999_999, "pass"), (100_000_000, "pass"), (100_000_001, "warn")])
def test_the_limit_of_grown_memory_is_exact_to_the_byte(grown: int, verdict: str) -> None:
    before = of("proxy.jsonl", "memory/proxy")
    now = replace(before, value=before.value + grown)
    assert judged(evidence(now), merge_base(before), MEMORY).rows[0].verdict == verdict


@pytest.mark.parametrize(("days", "verdict"), [(30, "pass"), (31, "warn")])
def test_a_dependency_warns_when_it_is_outdated_for_more_than_30_days(days: int, verdict: str) -> None:
    """By what a package index said of jinja2: 3.1.6 came out on 5 March 2025."""
    index = json.loads((CASES / "audit/index-jinja2.json").read_text(encoding="utf-8"))
    today = dt.date(2025, 3, 5) + dt.timedelta(days=days)
    behind, newest = days_behind("3.1.5", releases_in(index), today)
    assert (behind, str(newest)) == (days, "3.1.6")
    age = Measure(name="dependency/jinja2/age", unit="d", better=Better.LOWER, value=behind)
    report = judged(evidence(age), Baselines(), '[gate."dependency/*/age"]\nwarn = "> 30d"\n')
    assert report.rows[0].verdict == verdict
