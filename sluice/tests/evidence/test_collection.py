"""Merging reports: what is the same counts once, what disagrees is a problem."""

from __future__ import annotations

from msgspec.structs import replace

from sluice.evidence.collection import collect
from sluice.evidence.model import Better, Evidence, Measure
from sluice.evidence.reading import read_report

from .reports import CASES

SIZE = Measure(name="image/size", unit="B", better=Better.LOWER, value=10, digest="sha256:a", tool="image", commit="c1")


def merged(*measures: Measure) -> Evidence:
    return collect(Evidence(measures=(measure,)) for measure in measures)


def test_the_same_measure_of_the_same_report_counts_once() -> None:
    assert merged(SIZE, SIZE) == Evidence(measures=(SIZE,))


def test_two_reports_that_agree_count_once() -> None:
    assert merged(SIZE, replace(SIZE, digest="sha256:b", tool="other")) == Evidence(measures=(SIZE,))


def test_two_reports_that_disagree_are_a_problem_and_the_first_is_kept() -> None:
    evidence = merged(SIZE, replace(SIZE, value=12, digest="sha256:b", tool="other"))
    assert evidence.measures == (SIZE,)
    assert [(found.id, found.title, found.digest) for found in evidence.problems] == [
        (
            "conflict",
            "image/size is 10 B in one report (image) and 12 B in another (other); the first one was kept",
            "sha256:b",
        )
    ]


def test_suites_of_several_jobs_add_up_each_once() -> None:
    first, second, third = (
        replace(SIZE, name="test/count", unit="count", value=value, tool="junit", digest=f"sha256:{value}")
        for value in (10, 12, 14)
    )
    (total,) = merged(first, second, third, first, third).measures
    assert total.value == 36
    assert merged(first, second).problems == ()


def test_another_commit_or_machine_is_another_measure() -> None:
    other, there = replace(SIZE, value=12, commit="c2"), replace(SIZE, value=14, machine="m-2")
    assert merged(SIZE, other, there) == Evidence(measures=(SIZE, other, there))


def test_a_summary_gives_way_to_the_samples_of_its_tool() -> None:
    folder = CASES / "ok" / "criterion" / "sum" / "large" / "1000" / "new"
    reports = [read_report(path.read_bytes(), source=str(path)) for path in sorted(folder.glob("*.json"))]
    for order in (reports, reports[::-1]):
        evidence = collect(order)
        assert [(found.name, len(found.samples)) for found in evidence.measures] == [("bench/sum/large/1000", 10)]
        assert evidence.problems == ()


def test_findings_and_problems_of_the_same_report_count_once() -> None:
    data = (CASES / "ok" / "trivy.json").read_bytes()
    one = read_report(data, source="trivy.json")
    assert collect([one, one]) == one


def test_shares_from_two_formats_agree() -> None:
    names = ("coverage.json", "cobertura.xml", "lcov.info")
    evidence = collect(read_report((CASES / "ok" / name).read_bytes(), source=name) for name in names)
    assert [found.name for found in evidence.measures] == ["coverage/line", "coverage/branch", "coverage/function"]
    assert evidence.problems == ()
