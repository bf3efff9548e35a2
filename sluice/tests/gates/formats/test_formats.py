"""Each format of each report, character by character. SLUICE_UPDATE_GOLDEN=1 writes the files anew."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from judging_reports import ALL, TODAY, green, hostile, red
from judging_samples import evidence, finding, measure
from junitparser import JUnitXml

from sluice.evidence.model import Kind
from sluice.gates.baseline import Baselines
from sluice.gates.formats.annotations import as_annotations
from sluice.gates.formats.junit import as_junit
from sluice.gates.formats.machine import as_json
from sluice.gates.formats.markdown import COMMENT_LIMIT, as_comment, as_summary, comment_marker, is_comment_of
from sluice.gates.formats.sarif import as_sarif
from sluice.gates.formats.table import as_table
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report

GOLDEN = Path(__file__).parent / "golden"
FORMATS: dict[str, Callable[[Report], str]] = {
    "txt": as_table,
    "summary.md": as_summary,
    "comment.md": as_comment,
    "json": as_json,
    "xml": as_junit,
    "sarif": as_sarif,
    "annotations": as_annotations,
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", ALL)
def test_a_report_looks_as_it_did(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.gates.formats.sarif.__version__", "0.1.0")  # or every release would change them
    shown = FORMATS[kind](ALL[name]())
    path = GOLDEN / f"{name}.{kind}"
    if os.environ.get("SLUICE_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_the_comment_is_found_again_by_its_marker_and_each_key_has_its_own() -> None:
    assert is_comment_of(as_comment(green()))
    assert is_comment_of(as_comment(green(), "ci / gates -->"), "ci / gates -->")
    assert not is_comment_of(as_comment(green(), "other"), "ci")
    assert not is_comment_of(as_comment(green(), "ci-2"), "ci")
    assert comment_marker("ci --> <b>") == "<!-- sluice-gates ci-b -->"


def many(count: int) -> Report:
    found = evidence(*(measure(f"lint/{'ü' * 40}{index}", index) for index in range(count)))
    return judge(found, Baselines(), read_policy('[gate."lint/*"]\nfail = "> 0"\n'), TODAY)


@pytest.mark.slow
def test_a_comment_never_exceeds_what_github_takes_and_counts_what_is_left_out() -> None:
    shown = as_comment(many(5000))
    assert len(shown.encode()) <= COMMENT_LIMIT
    left_out = re.search(r"… and (\d+) more rows, none of them worse", shown)
    assert left_out is not None
    assert shown.count("lint/") + int(left_out[1]) == 5000


@pytest.mark.slow
def test_what_could_not_be_judged_leaves_room_in_a_comment_and_is_counted() -> None:
    title = "[*]" * 150
    problems = [finding(f"bad-{n}", kind=Kind.REPORT_PROBLEM, path=title) for n in range(300)]
    report = judge(
        evidence(measure("lint/x", 1), problems=problems),
        Baselines(),
        read_policy('[gate."lint/*"]\nfail = "> 0"\n'),
        TODAY,
    )
    shown = as_comment(report)
    assert len(shown.encode()) <= COMMENT_LIMIT
    left_out = re.search(r"^- … and (\d+) more$", shown, re.MULTILINE)
    assert left_out is not None
    assert shown.count("could not judge: ") + int(left_out[1]) == 300
    assert "lint/x" in shown
    assert as_summary(report).count("could not judge: ") == 300


def test_annotations_stop_at_what_github_shows() -> None:
    lines = as_annotations(many(50)).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "::error title=gates::40 more: see the step summary"


def test_hostile_text_stays_text() -> None:
    report = hostile()
    assert all(line.startswith(("::error ", "::warning ")) for line in as_annotations(report).splitlines())
    for kind in ("txt", "summary.md", "annotations"):
        shown = FORMATS[kind](report)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", shown)
    summary = as_summary(report)
    assert not re.search(r"<(?!/?sub>)", re.sub(r"\\.", "", summary))
    assert "@everyone" not in summary
    assert all(re.sub(r"\\.", "", line).count("|") == 9 for line in summary.splitlines() if line.startswith("|"))


@pytest.mark.parametrize("name", ALL)
def test_the_xml_is_read_by_a_junit_reader_with_the_same_counts(name: str) -> None:
    report = ALL[name]()
    text = as_junit(report)
    suites = JUnitXml.fromstring(text.encode())
    assert suites.tests == len(report.rows) + len(report.problems)
    assert suites.failures == sum(row.counts_as == "fail" for row in report.rows)
    assert suites.errors == len(report.problems)


def test_the_json_says_what_the_exit_code_is() -> None:
    assert [json.loads(as_json(make()))["exit_code"] for make in (green, red, hostile)] == [0, 2, 2]


@pytest.mark.parametrize("name", ALL)
def test_the_sarif_keeps_the_rules_of_the_standard(name: str) -> None:
    document: dict[str, Any] = json.loads(as_sarif(ALL[name]()))
    assert document["version"] == "2.1.0"
    for run in document["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(rules) == len(set(rules))
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
            assert result["message"]["text"]
            # 3.27.10: only a result of kind "fail" has a level other than "none".
            assert (result["kind"], result["level"] in {"error", "warning"}) == ("fail", True)
            place = result["locations"][0]["physicalLocation"]
            assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", place["artifactLocation"]["uri"])
            assert place["region"]["startLine"] >= 1


def test_the_sarif_has_no_result_that_passed_or_was_waived() -> None:
    assert json.loads(as_sarif(green()))["runs"][0]["results"] == []
    results = json.loads(as_sarif(red()))["runs"][0]["results"]
    assert len(results) == sum(row.counts_as != "pass" for row in red().rows) == 8
    assert not any("PYSEC-2026-1:" in result["message"]["text"] for result in results)
