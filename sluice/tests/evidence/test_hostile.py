"""Malformed and hostile reports: a problem each, never an error, and the good entries beside them are kept."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluice.evidence import chunks, json_stream, reading, xml_stream
from sluice.evidence.counts import count_findings
from sluice.evidence.model import Evidence
from sluice.evidence.readers.scanners import sarif
from sluice.evidence.reading import read_report

from .reports import CASES, REPORTS, named

BOMB = b"""<?xml version="1.0"?><!DOCTYPE testsuites [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><testsuites name="&c;"/>"""
EXTERNAL = b"""<!DOCTYPE testsuites [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites>&x;</testsuites>"""
MANY = 100_000
SARIF = b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[%s]}]}'
RESULT = b'{"ruleId":"R1","level":"error","message":{"text":"m"}}'


def problems(data: bytes, source: str = "report") -> list[str]:
    return [found.id for found in read_report(data, source=source).problems]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["empty"]),
        (b" \r\n\t", ["empty"]),
        (b"\xef\xbb\xbf", ["empty"]),
        (gzip.compress(b"{}", mtime=0), ["unreadable"]),
        ('{"a": 1}'.encode("utf-16"), ["unreadable"]),
        (b'{"a": "\xff"}', ["unreadable"]),
        (b"\xff\xfe\xfd", ["unreadable"]),
        (b"{", ["truncated"]),
        (b'{"benchmarks": [', ["truncated"]),
        (b'{"a": "b', ["truncated"]),
        (b'{"a" 1}', ["unreadable"]),
        (b"{}", ["unrecognised"]),
        (b"[1, 2]", ["unrecognised"]),
        (b"hello\n", ["unrecognised"]),
        (b"<html></html>", ["unrecognised"]),
        (b"<testsuites>", ["truncated"]),
        (b"<testsuites></other>", ["unreadable"]),
        (b"<?xml version='1.0' encoding='nothing'?><testsuites/>", ["unreadable"]),
        (BOMB, ["hostile"]),
        (EXTERNAL, ["hostile"]),
        (b"[" * MANY, ["too-deep"]),
        (b'{"a":' * MANY, ["too-deep"]),
        (b'{"runs":' + b"[" * MANY, ["bad-entry", "too-deep"]),
        (SARIF % (b'{"properties":' * MANY), ["too-deep"]),
        (b"<testsuites>" + b"<testcase>" * MANY, ["too-deep"]),
        (b"[{}," * 10 + b"{}," * (40 * MANY), ["too-large"]),
    ],
    ids=lambda value: str(value[:40]) if isinstance(value, bytes) else None,
)
def test_what_is_no_report_is_a_problem(data: bytes, expected: list[str]) -> None:
    evidence = read_report(data, source="report")
    assert [found.id for found in evidence.problems] == expected
    assert (evidence.measures, evidence.findings) == ((), ())


def hyperfine(*results: str) -> bytes:
    return f'{{"results": [{", ".join(results)}]}}'.encode()


def result(command: str = '"a"', times: str = "[1.0, 2.0]") -> str:
    return f'{{"command": {command}, "mean": 1.5, "user": 1, "system": 0, "times": {times}}}'


@pytest.mark.parametrize(
    "bad",
    [
        result(times="[NaN]"),
        result(times="[1, Infinity]"),
        result(times="[1, -Infinity]"),
        result(times="[1e999]"),
        result(times="[-1.0]"),
        result(times=f"[{'9' * 5000}]"),
        result(times='["fast"]'),
        result(times="[true]"),
        result(times="{}"),
        result(command="7"),
        result(command='""'),
        result(command='"\\u0000"'),
        "null",
        "[]",
        '"x"',
        "{}",
    ],
)
def test_a_bad_entry_is_a_problem_and_loses_no_other(bad: str) -> None:
    evidence = read_report(hyperfine(bad, result('"good"')), source="h.json")
    assert [found.id for found in evidence.problems] == ["bad-entry"]
    assert [found.name for found in evidence.measures if "good" in found.name] == ["bench/good", "bench/good/cpu"]


def test_a_name_that_comes_twice_is_a_problem() -> None:
    assert problems(hyperfine(result(), result())) == ["duplicate-name"] * 2


FAILED = '<testcase classname="a" name="one"><failure message="m"/></testcase>'
ONE = '<testcase classname="a" name="one"/>'
OTHER = '<testcase classname="b" name="one"/>'
IN_A = '<testcase classname="a" name="one" file="a.py"/>'


@pytest.mark.parametrize(
    ("cases", "times"),
    [
        (f"<testsuite>{ONE}{ONE}</testsuite>", 1),
        (f"<testsuite>{ONE}{ONE}{ONE}</testsuite>", 2),
        (f"<testsuite>{ONE}{FAILED}</testsuite>", 1),
        (f"<testsuite>{ONE}<testsuite>{ONE}</testsuite>{ONE}</testsuite>", 1),
        (f"<testsuite>{ONE.replace('/>', '><skipped/></testcase>')}{ONE}</testsuite>", 1),
        (f"<testsuite>{FAILED}{ONE}{ONE}</testsuite>", 1),
        (f"<testsuite>{FAILED}{ONE}</testsuite>", 0),  # as Gradle and Xcode tell a rerun
        (f"<testsuite>{FAILED}{FAILED.replace('failure', 'error')}</testsuite>", 0),  # pytest: torn down with an error
        (f"<testsuite>{ONE.replace('/>', '><flakyFailure/><flakyFailure/></testcase>')}</testsuite>", 0),
        (f"<testsuite>{FAILED.replace('</testcase>', '<rerunFailure/><rerunFailure/></testcase>')}</testsuite>", 0),
        (f'<testsuite name="s">{ONE}</testsuite><testsuite name="s">{ONE}</testsuite>', 0),  # legs put together
        (f"<testsuite>{ONE}{OTHER}</testsuite>", 0),
        (f"<testsuite>{IN_A}{IN_A.replace('a.py', 'b.py')}</testsuite>", 0),
        (f"<testsuite>{ONE}{ONE.replace('one', 'one[1]')}</testsuite>", 0),
    ],
)
def test_a_test_that_a_suite_has_twice_is_a_problem(cases: str, times: int) -> None:
    evidence = read_report(f"<testsuites>{cases}</testsuites>".encode(), source="report")
    assert [found.id for found in evidence.problems] == ["duplicate-name"] * times
    assert [found.title for found in evidence.problems][:1] == ["a suite reports the test a::one twice"][:times]
    assert [one.value for one in evidence.measures if one.name == "test/count"] == [cases.count("<testcase")]


def test_a_key_that_comes_twice_is_a_problem() -> None:
    assert problems(b'{"results": [], "results": [%s]}' % result().encode()) == ["duplicate-name"]
    assert problems(SARIF % RESULT.replace(b"}}", b'},"level":"note"}')) == ["duplicate-name"]


@pytest.mark.parametrize("path", REPORTS, ids=named)
def test_every_report_cut_short_is_a_problem(path: Path) -> None:
    data = path.read_bytes()
    for part in (0.25, 0.5, 0.9):
        cut = data[: int(len(data) * part)]
        assert problems(cut, "criterion/a/new/b.json"), part


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ('{"schemaVersion": 2, "config": {"size": 1}, "layers": [{"size": -5}]}', "unreadable"),
        ('{"schemaVersion": 2, "config": {"size": 1}, "layers": [{"size": 1e30}]}', "unreadable"),
        ('{"schemaVersion": 2, "config": {"size": 1}, "layers": [{"size": 99999999999999999999}]}', "unreadable"),
        ('{"schemaVersion": 2, "config": {"size": "1"}, "layers": []}', "unreadable"),
        ('{"schemaVersion": 2, "config": 7, "layers": 8}', "unreadable"),
    ],
)
def test_an_impossible_size_is_a_problem(manifest: str, problem: str) -> None:
    assert read_report(manifest.encode(), source="m").measures == ()
    assert problems(manifest.encode()) == [problem]


@pytest.mark.parametrize(
    "coverage",
    [
        b'{"meta": {}, "files": {}, "totals": {"covered_lines": 5, "num_statements": 4}}',
        b'{"meta": {}, "files": {}, "totals": {"covered_lines": -1, "num_statements": 4}}',
        b'{"meta": {}, "files": {}, "totals": {"covered_lines": 0, "num_statements": 0}}',
        b'<coverage line-rate="nan"/>',
        b'<coverage line-rate="1e400"/>',
        b'<coverage lines-valid="-4" lines-covered="0"/>',
        b'<coverage lines-valid="' + b"9" * 10000 + b'" lines-covered="0"/>',
        b"<coverage/>",
        b'<report name="x"><counter type="LINE" missed="-3" covered="1"/></report>',
        b'<report name="x"><counter type="LINE" missed="x" covered="1"/></report>',
        b'<report name="x"/>',
        b"SF:a\nLF:3\nLH:4\nend_of_record\n",
        b"SF:a\nLF:x\nend_of_record\n",
        b"SF:a\nDA:1,1\n",
    ],
)
def test_an_impossible_coverage_is_a_problem(coverage: bytes) -> None:
    assert problems(coverage)


@pytest.mark.parametrize(
    "report",
    [
        b'{"machine_info": {}, "benchmarks": [], "version": "5"}',
        b'{"context": {}, "benchmarks": []}',
        b'{"benchmarks": [], "version": "1.0"}',
        b'{"results": []}',
        b"goos: linux\nPASS\nok  \tx\t0.1s\n",
        b'{"SchemaVersion": 2, "ArtifactName": "x"}',
        b'{"dependencies": [], "fixes": []}',
        b'{"version": "2.1.0", "runs": []}',
        b"<testsuites/>",
        b'{"bomFormat": "CycloneDX", "specVersion": "1.5"}',
        b'{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {"dependencies": {"total": 0}}}',
    ],
)
def test_a_report_of_nothing_is_a_problem(report: bytes) -> None:
    assert problems(report) == ["no-data"]


def test_a_sarif_that_breaks_off_keeps_what_came_before() -> None:
    data = (SARIF % (RESULT + b"," + RESULT))[:-20]
    evidence = read_report(data, source="s.sarif")
    assert [(found.name, found.severity.value) for found in evidence.findings] == [("code/R1", "HIGH")]
    assert [found.id for found in evidence.problems] == ["truncated"]


@pytest.mark.parametrize("wrong", [b"null", b"7", b'"x"', b"[]", b'{"message": 7}'])
def test_a_wrong_result_in_a_sarif_is_a_problem_and_loses_no_other(wrong: bytes) -> None:
    evidence = read_report(SARIF % (wrong + b"," + RESULT), source="s.sarif")
    assert [found.id for found in evidence.findings] == ["R1"]
    assert {found.id for found in evidence.problems} == {"bad-entry"}


def test_a_result_without_its_text_is_kept() -> None:
    evidence = read_report(SARIF % b'{"ruleId": "R2", "message": {"text": []}}', source="s.sarif")
    assert [(found.id, found.title) for found in evidence.findings] == [("R2", "R2")]
    assert [found.title for found in evidence.problems] == [
        "another kind of value was expected at runs.[].results.[].message.text"
    ]


def test_an_endless_text_is_not_kept() -> None:
    data = SARIF % (b'{"message":{"text":"' + b"a" * 9_000_000 + b'"}}')
    assert problems(data) == ["too-large"]
    assert problems(b"<testsuites>" + b"a" * 9_000_000 + b"</testsuites>")[:1] == ["too-large"]


def test_more_findings_than_are_kept_are_counted_by_severity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_FINDINGS", 2)
    results = [
        {"test_id": f"B{n}", "issue_severity": level, "issue_text": "t", "filename": "a", "line_number": 1}
        for n, level in enumerate(["LOW", "LOW", "LOW", "HIGH", "HIGH"])
    ]
    data = json.dumps({"errors": [], "metrics": {"_totals": {"loc": 9}}, "results": results}).encode()
    evidence = read_report(data, source="bandit.json")
    assert [(found.id, found.severity.value, found.title) for found in evidence.findings[2:]] == [
        ("more", "HIGH", "2 further findings of severity HIGH, counted but not kept one by one"),
        ("more", "LOW", "1 further findings of severity LOW, counted but not kept one by one"),
    ]


def test_results_past_those_that_are_kept_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    result = b'{"ruleId":"R","level":"note","message":{"text":"t"}}'
    for most, kept in ((9, 3), (1, 2)):
        monkeypatch.setattr(reading, "MOST_FINDINGS", most)
        evidence = read_report(SARIF % b",".join([result] * 7), source="s.sarif")
        counted = {one.name: one.value for one in count_findings(evidence) if one.value}
        assert (len(evidence.findings), counted) == (kept, {"findings/code/low": 7})


def test_more_problems_than_are_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_PROBLEMS", 3)
    evidence = read_report(hyperfine(*["null"] * 10), source="h.json")
    assert [found.title for found in evidence.problems][-1] == "7 further problems of this report"
    assert len(evidence.problems) == 4


@pytest.mark.parametrize("number", [b"9" * 5000, b"-" + b"9" * 5000, b"0." + b"9" * 5000, b"1e" + b"9" * 5000])
@pytest.mark.parametrize("size", [1, 1000, 10_000])
def test_a_number_too_long_to_be_one_is_a_problem(number: bytes, size: int) -> None:
    data = b" " * 63_000 + SARIF % (RESULT + b',{"rank":' + number + b"}")
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    assert [found.id for found in read_report(pieces, source="s.sarif").problems] == ["hostile"]


def test_a_stream_past_its_bound_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST_STREAM", 1000)
    monkeypatch.setattr(xml_stream, "LARGEST_XML", 1000)
    assert "too-large" in problems(SARIF % b",".join([RESULT] * 100))
    assert problems(b"<testsuites>" + b"<a/>" * 1000 + b"</testsuites>") == ["too-large"]


@pytest.mark.slow
def test_a_document_past_its_bound_is_given_up() -> None:
    evidence = read_report((b" " * chunks.CHUNK for _ in range(2000)), source="x")
    assert [found.id for found in evidence.problems] == ["empty"]
    big = [b"["] + [b'"' + b"a" * chunks.CHUNK + b'",'] * 1200
    assert [found.id for found in read_report(big, source="x").problems] == ["too-large"]


def test_the_cases_are_there() -> None:
    assert len(REPORTS) > 35
    assert (CASES / "README.md").is_file()
    assert read_report(b"{}", source="x") != Evidence()


@pytest.mark.slow
def test_what_never_ends_is_left_once_no_reader_would_take_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_STREAM", 80 * 1024 * 1024)
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while given < 200:
            given += 1
            yield bytes(1024 * 1024)
        raise AssertionError("read on and on")

    found = read_report(endless(), source="zero")
    assert [one.id for one in found.problems] == ["too-large"]
    assert given == 81
