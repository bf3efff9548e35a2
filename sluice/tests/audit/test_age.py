import datetime as dt
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from audited import Answering, scene_of
from packaging.version import Version

from sluice.audit.index import days_behind, index_address, releases_of
from sluice.audit.model import AuditSettings, NotCheckedError
from sluice.audit.parts import age
from sluice.gates.baseline import Baselines
from sluice.gates.policy.reading import read_policy
from sluice.gates.verdict.judging import judge

TODAY = dt.date(2026, 11, 1)


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}T12:00:00+00:00")


RELEASES = {
    Version("1.0"): day("2026-01-01"),
    Version("1.1"): day("2026-10-02"),
    Version("1.2"): day("2026-10-30"),
    Version("2.0b1"): day("2026-02-01"),
}


@pytest.mark.parametrize(
    ("pinned", "behind"),
    [
        ("1.0", (30, Version("1.2"))),
        ("1.1", (2, Version("1.2"))),
        ("1.2", (0, None)),
        ("2.0a1", (273, Version("2.0b1"))),
    ],
)
def test_age_counts_from_the_first_release_that_is_newer(pinned: str, behind: tuple[int, Version | None]) -> None:
    assert days_behind(pinned, RELEASES, TODAY) == behind


def files(*versions: tuple[str, str, bool]) -> dict[str, object]:
    listed = [
        {"filename": f"pkg-{one}.tar.gz", "upload-time": f"{when}T00:00:00Z", "yanked": no}
        for one, when, no in versions
    ]
    return {"meta": {}, "name": "pkg", "files": listed}


INDEX = {
    "/pkg/": files(("1.0", "2026-01-01", False), ("1.1", "2026-10-01", False), ("1.0.5", "2026-02-01", True)),
    "/fresh/": {"files": [{"filename": "fresh-1.0-py3-none-any.whl", "upload-time": "2026-01-01T00:00:00Z"}]},
    "/old-index/": {"files": [{"filename": "old_index-1.0.tar.gz"}]},
    "/odd/": {"projects": []},
}


class _Index(BaseHTTPRequestHandler):
    hang_ups: ClassVar[list[bool]] = []
    """What becomes of the next requests: true hangs up without an answer."""

    def do_GET(self) -> None:
        if self.hang_ups and self.hang_ups.pop(0):
            return
        known = INDEX.get(self.path)
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(json.dumps(known or {}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        pass


@pytest.fixture
def index() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Index) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://user:word@127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_network_that_fails_is_asked_again_and_not_forever(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.audit.index.PAUSES", (0, 0))
    _Index.hang_ups[:] = [True, True, False]
    assert releases_of(index, "pkg")
    _Index.hang_ups[:] = [True, True, True]
    with pytest.raises(NotCheckedError, match="can't be asked"):
        releases_of(index, "pkg")


def test_the_index_tells_when_releases_came_out_and_yanked_ones_are_none(index: str) -> None:
    assert list(releases_of(index, "pkg")) == [Version("1.0"), Version("1.1")]


@pytest.mark.parametrize(
    ("name", "reason"), [("nothere", "answers 404"), ("old-index", "no upload times"), ("odd", "a way of its own")]
)
def test_an_index_that_does_not_say_is_no_answer(index: str, name: str, reason: str) -> None:
    with pytest.raises(NotCheckedError, match=reason):
        releases_of(index, name)


def test_dependencies_are_measured_and_gated(index: str, tmp_path: Path) -> None:
    lock = {"requirements.txt": "pkg==1.0\nfresh==1.0\nnothere==1.0\nindirect==1.0\n"}
    project = {"pyproject.toml": '[project]\ndependencies = ["pkg", "fresh", "nothere"]\n'}
    checked = age.check(scene_of(tmp_path, lock | project, settings=AuditSettings(index=index)))
    assert checked is not None
    evidence = checked.evidence
    assert {one.name: one.value for one in evidence.measures} == {"dependency/pkg/age": 31, "dependency/fresh/age": 0}
    assert [(one.name, one.package) for one in evidence.findings] == [("dependency/outdated", "pkg")]
    assert [one.package for one in evidence.problems] == ["nothere"]
    gate = '[gate."dependency/*/age"]\nwarn = "> {} d"\n'
    verdicts = [judge(evidence, Baselines(), read_policy(gate.format(limit)), TODAY).verdict for limit in (30, 31)]
    assert verdicts == ["warn", "pass"]


def test_node_packages_are_asked_of_npm(index: str, tmp_path: Path) -> None:
    lock = '{"packages": {"node_modules/lodash": {"version": "4.17.20"}}}'
    told = {"created": "2012-04-23", "4.17.20": "2020-08-13", "4.17.21": "2026-09-01"}
    times = json.dumps({name: f"{when}T00:00:00.000Z" for name, when in told.items()})
    settings = AuditSettings(index=index)
    npm = Answering(times)
    checked = age.check(scene_of(tmp_path, {"package-lock.json": lock}, run=npm, settings=settings))
    assert checked is not None
    assert [(one.name, one.value) for one in checked.evidence.measures] == [("dependency/lodash/age", 61)]
    with pytest.raises(NotCheckedError, match="no release dates"):
        age.check(scene_of(tmp_path, {}, run=Answering("no"), settings=settings))


def test_an_index_that_can_not_be_asked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.audit.index.PAUSES", (0, 0))
    lock = {"requirements.txt": "pkg==1.0\n"}
    with pytest.raises(NotCheckedError, match="can't be asked"):
        age.check(scene_of(tmp_path, lock, settings=AuditSettings(index="http://127.0.0.1:9")))
    with pytest.raises(NotCheckedError, match="offline"):
        age.check(scene_of(tmp_path, lock, offline=True))
    with pytest.raises(NotCheckedError, match="no web address"):
        age.check(scene_of(tmp_path, lock, settings=AuditSettings(index="file:///etc")))


def test_the_index_is_the_one_that_pip_would_ask() -> None:
    assert index_address(None, {"PIP_INDEX_URL": "http://a"}) == "http://a"
    assert index_address("http://b", {"PIP_INDEX_URL": "http://a"}) == "http://b"
