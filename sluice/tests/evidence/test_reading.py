"""Real reports of real tools, and what is read from each, exactly."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from sluice.evidence.advisories import read_advisories
from sluice.evidence.model import Evidence, Finding, Kind, Measure, Severity
from sluice.evidence.reading import Origin, missing_report, read_report
from sluice.evidence.recognition import KNOWN_TOOLS

from .reports import CASES, REPORTS, lines_of, named

OK = CASES / "ok"


def read(name: str, **settings: object) -> Evidence:
    return read_report((OK / name).read_bytes(), source=name, **settings)  # type: ignore[arg-type] # settings of read_report


@pytest.mark.parametrize("report_path", REPORTS, ids=named)
def test_a_report_is_read_as_it_stands_in_its_out_file(report_path: Path) -> None:
    name = named(report_path)
    found = lines_of(read(name))
    expected = report_path.with_name(f"{report_path.name}.out")
    if os.environ.get("SLUICE_REWRITE"):
        expected.write_text(found)
    assert found == expected.read_text()


def test_there_is_a_report_of_every_known_tool() -> None:
    tools = {item.tool for path in REPORTS for item in _items(read(named(path)))}
    assert set(KNOWN_TOOLS) <= tools


def _items(evidence: Evidence) -> tuple[Measure | Finding, ...]:
    return (*evidence.measures, *evidence.findings, *evidence.problems)


@pytest.mark.parametrize("report_path", REPORTS, ids=named)
def test_chunks_of_any_size_read_the_same(report_path: Path) -> None:
    data = report_path.read_bytes()
    whole = read_report(data, source="a/criterion/b/new/c.json")
    for size in (1, 7, 1000):
        pieces = (data[start : start + size] for start in range(0, len(data), size))
        assert read_report(pieces, source="a/criterion/b/new/c.json") == whole


@pytest.mark.parametrize("report_path", REPORTS, ids=named)
def test_everything_carries_the_digest_of_its_report(report_path: Path) -> None:
    data = report_path.read_bytes()
    evidence = read_report(data, source="x/criterion/y/new/z.json")
    digests = {item.digest for item in _items(evidence)}
    assert digests <= {f"sha256:{hashlib.sha256(data).hexdigest()}"}


def test_origin_goes_into_measures_that_do_not_name_their_own() -> None:
    evidence = read("measures.jsonl", origin=Origin(commit="fffffff", machine="m-2", subject="slim"))
    assert [(found.name, found.commit, found.machine) for found in evidence.measures] == [
        ("image/slim/size", "fffffff", "m-2"),
        ("bench/slim/accept", "0123abc", "m-1"),
        ("cache/slim/hits", "fffffff", "m-2"),
    ]


def test_advisories_rate_what_the_tool_did_not() -> None:
    records = [
        {
            "id": "GHSA-462w-v97r-4m45",
            "aliases": ["CVE-2019-10906"],
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N"}],
        },
        {"id": "GHSA-jjg7-2v4v-x38h", "aliases": ["CVE-2024-3651"], "database_specific": {"severity": "MODERATE"}},
        {"id": ["not", "a", "record"]},
    ]
    evidence = read("pip-audit.json", advisories=read_advisories(records))
    assert {found.id: found.severity for found in evidence.findings} == {
        "PYSEC-2019-217": Severity.HIGH,
        "PYSEC-2021-66": Severity.UNKNOWN,
        "PYSEC-2024-60": Severity.MEDIUM,
    }
    assert [(found.id, found.package) for found in evidence.problems] == [("unknown-severity", "jinja2")]


def test_an_empty_list_is_clean_only_where_its_tool_is_known() -> None:
    clean = read_report(b"[]", source="x.json", expected="hadolint")
    assert clean == Evidence(examined=frozenset({Kind.MISCONFIGURATION}))
    assert [found.id for found in read_report(b"[]", source="x.json").problems] == ["unrecognised"]


def test_a_missing_report_is_a_problem() -> None:
    problem = missing_report("out/trivy.json").problems[0]
    assert (problem.id, problem.title, problem.path) == (
        "missing",
        "the report out/trivy.json is missing: there is no such file",
        "out/trivy.json",
    )


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt()])
def test_what_the_bytes_raise_is_not_swallowed(error: BaseException) -> None:
    def chunks() -> object:
        yield b"{"
        raise error

    with pytest.raises(type(error)):
        read_report(chunks(), source="x")  # type: ignore[arg-type] # a generator of bytes
