"""What gates say, as a person reads it on a terminal of any width."""

import datetime as dt

import pytest
from judging_samples import evidence, finding, measure, same_run, timings

from sluice.evidence.model import Kind
from sluice.gates.formats.table import as_table
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge
from sluice.gates.verdict.model import Report
from sluice.views.findings.gating import gate_lines
from sluice.views.text.lines import cells, plain

POLICY = """
[gate."bench/*"]
fail = "> +20%"
[gate."image/size"]
fail = "> +50MB"
[gate."coverage/line"]
fail = "< -5pp"
[gate."age"]
warn = "> 3"
[gate."code/*"]
fail = ">= HIGH"
[[waive]]
gate = "image/size"
until = 2027-01-31
reason = "the model is in it"
"""


@pytest.fixture
def report() -> Report:
    now = (measure("bench/x", 150, "ns", timings(150)), measure("image/size", 90, "MB"), measure("age", 4))
    before = (measure("bench/x", 100, "ns", timings(100, seed=2)), measure("image/size", 30, "MB"))
    found = evidence(
        *now, findings=[finding("B602", kind=Kind.CODE)], problems=[finding("x", kind=Kind.REPORT_PROBLEM)]
    )
    return judge(found, same_run(*before), read_policy(POLICY), dt.date(2026, 11, 1))


def test_on_no_terminal_and_on_a_wide_one_it_is_the_plain_table(report: Report) -> None:
    table = as_table(report)
    for width in (None, max(map(len, table.splitlines()))):
        assert "".join(f"{plain(shown)}\n" for shown in gate_lines(report, width)) == table


@pytest.mark.parametrize("width", [60, 80, 100])
def test_on_a_narrow_one_each_row_stands_by_itself_and_none_is_wider(report: Report, width: int) -> None:
    shown = list(gate_lines(report, width))
    end = next(place for place, one in enumerate(shown) if place > 1 and not one)
    assert max(map(cells, shown[2:end])) <= width
    text = [plain(one) for one in shown[2:end]]
    assert "fail       image/size, waived until 2027-01-31" in text
    assert [one.split()[1].rstrip(",") for one in text if one[0] != " "] == [row.name for row in report.rows]
    words = " ".join(" ".join(text).split())
    assert "from 30 MB (same run) to 90 MB, +60 MB, limit > +50MB" in words
    assert all(row.reason in words for row in report.rows)


def test_each_verdict_has_its_colour(report: Report) -> None:
    rows = list(gate_lines(report))[3:]
    roles = {row.name: shown[0].role for row, shown in zip(report.rows, rows, strict=False)}
    wanted = {
        "bench/x": "failure",
        "age": "warning",
        "image/size": "quiet",
        "code/B602": "failure",
        "coverage/line": "failure",
    }
    assert {name: roles[name] for name in wanted} == wanted
    assert next(iter(gate_lines(report)))[1].role == "failure"
    assert next(iter(gate_lines(Report())))[1].role == "success"
