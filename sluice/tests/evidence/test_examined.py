from pathlib import Path

import pytest

from sluice.evidence.collection import collect
from sluice.evidence.model import Kind
from sluice.evidence.reading import read_report

REPORTS = Path(__file__).parents[1] / "cases/evidence/ok"
EMPTY_SARIF = b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "%s"}}, "results": []}]}'


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("pip-audit-clean.json", {Kind.VULNERABILITY}),
        ("npm-audit-clean.json", {Kind.VULNERABILITY}),
        ("bandit-clean.json", {Kind.CODE}),
        ("coverage.json", set()),
    ],
)
def test_a_clean_report_says_what_was_looked_for(name: str, kinds: set[Kind]) -> None:
    found = read_report((REPORTS / name).read_bytes(), source=name)
    assert not found.findings
    assert found.examined == kinds


@pytest.mark.parametrize(
    ("tool", "kind"), [(b"Trivy", Kind.VULNERABILITY), (b"gitleaks", Kind.SECRET), (b"x", Kind.CODE)]
)
def test_an_empty_sarif_log_was_looked_for_by_its_tool(tool: bytes, kind: Kind) -> None:
    assert read_report(EMPTY_SARIF % tool, source="x.sarif").examined == {kind}


@pytest.mark.parametrize("data", [b"", b"{", b'{"dependencies": ', EMPTY_SARIF.replace(b', "results": []', b"")])
def test_a_report_that_breaks_off_looked_for_nothing(data: bytes) -> None:
    assert read_report(data, source="x.json").examined == set()


def test_several_reports_looked_for_all_that_each_did() -> None:
    names = ("bandit-clean.json", "pip-audit-clean.json")
    assert collect(read_report((REPORTS / name).read_bytes(), source=name) for name in names).examined == {
        Kind.CODE,
        Kind.VULNERABILITY,
    }
