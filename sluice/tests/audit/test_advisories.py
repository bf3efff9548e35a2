import json
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from sluice.audit.advisories.database import AdvisoryDatabase
from sluice.audit.advisories.service import ask_about, serve
from sluice.audit.model import NotCheckedError
from sluice.evidence.model import Severity

RECORD = """id: PYSEC-2024-1
modified: 2024-05-01T00:00:00Z
aliases:
- CVE-2024-1
severity:
- type: CVSS_V3
  score: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H
affected:
- package:
    name: Some_Package
    ecosystem: PyPI
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: "1.0"
    - fixed: "1.5"
    - introduced: "2.0"
    - last_affected: "2.3"
  versions:
  - "0.7.dev3"
"""
WITHDRAWN = RECORD.replace("2024-1", "2024-2") + "withdrawn: 2024-06-01T00:00:00Z\n"


@pytest.fixture
def database(tmp_path: Path) -> AdvisoryDatabase:
    (tmp_path / "vulns").mkdir()
    (tmp_path / "vulns/one.yaml").write_text(RECORD)
    (tmp_path / "vulns/two.yaml").write_text(WITHDRAWN)
    return AdvisoryDatabase(tmp_path / "vulns")


@pytest.mark.parametrize(
    ("version", "holds"),
    [
        ("0.9", False),
        ("1.0", True),
        ("1.4.9", True),
        ("1.5", False),
        ("2.0", True),
        ("2.3", True),
        ("2.3.1", False),
        ("0.7.dev3", True),
        ("no version", False),
    ],
)
def test_a_record_holds_for_its_versions_only(database: AdvisoryDatabase, version: str, holds: bool) -> None:
    assert bool(database.query("some-package", version)) is holds


def test_other_packages_and_withdrawn_records_do_not_count(database: AdvisoryDatabase) -> None:
    assert [record["id"] for record in database.query("some.package", "1.1")] == ["PYSEC-2024-1"]
    assert database.query("other", "1.1") == []
    assert database.query("some-package", "1.1", "npm") == []
    assert (len(database), database.newest) == (2, "2024-05-01")


def test_an_archive_and_json_are_read_as_well(database: AdvisoryDatabase, tmp_path: Path) -> None:
    record = {**(database.record("PYSEC-2024-1") or {}), "id": "PYSEC-2024-3"}
    (tmp_path / "vulns/three.json").write_text(json.dumps(record, sort_keys=True))
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "vulns", "vulns")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as zipped:
        for path in (tmp_path / "vulns").iterdir():
            zipped.write(path, path.name)
    for name in ("all.tar.gz", "all.zip"):
        found = AdvisoryDatabase(tmp_path / name).query("some-package", "1.1")
        assert {str(one["id"]) for one in found} == {"PYSEC-2024-1", "PYSEC-2024-3"}


@pytest.mark.parametrize("name", ["nowhere", "empty", "broken.tar.gz"])
def test_a_database_that_is_none_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.tar.gz").write_bytes(b"\x1f\x8bno")
    with pytest.raises(NotCheckedError, match="advisories"):
        AdvisoryDatabase(tmp_path / name)


def test_it_is_served_as_the_osv_service_answers(database: AdvisoryDatabase) -> None:
    with serve(database) as address:
        query = json.dumps({"package": {"name": "some-package", "ecosystem": "PyPI"}, "version": "1.1"}).encode()
        with urllib.request.urlopen(f"{address}/v1/query", data=query, timeout=5) as answer:  # noqa: S310 - loopback
            assert [one["id"] for one in json.load(answer)["vulns"]] == ["PYSEC-2024-1"]
        rated = ask_about(address, ["PYSEC-2024-1", "PYSEC-0"])
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"{address}/v1/query", data=b"[]", timeout=5)  # noqa: S310 - as above
    assert rated.severity_of(["CVE-2024-1"]) is Severity.HIGH
    assert rated.severity_of(["PYSEC-0"]) is Severity.UNKNOWN


def test_a_service_that_is_not_there_rates_nothing() -> None:
    assert ask_about("http://127.0.0.1:9", ["X"]).severities == {}
    assert ask_about("file:///etc", ["X"]).severities == {}
