"""Each part with its real scanner: red on what was planted, green on the same without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread

import pytest
from audited import ADVISORY, Answering, names, need, scene_of, write_files

from sluice.audit.model import AuditSettings, Checked, NotCheckedError, Scene
from sluice.audit.parts import code, dockerfiles, node, python, rust, secrets, workflows
from sluice.audit.programs import run_program
from sluice.source.diagnostics import Diagnostic
from sluice.source.positions import Span

KEY = "AKIA" + "QYLPMN5HFIQR7XYZ"
LEAK = f'aws_access_key_id = "{KEY}"\n'


@pytest.mark.slow
@pytest.mark.parametrize(("version", "found"), [("2.3.7", ["vulnerability/PYSEC-2023-221"]), ("3.0.1", [])])
def test_a_vulnerable_package_is_found_with_its_severity(tmp_path: Path, version: str, found: list[str]) -> None:
    need("pip-audit")
    lock = {"requirements.txt": f"# pinned\nWerkzeug=={version}\nsix==1.16.0\n", "advisories/one.yaml": ADVISORY}
    settings = AuditSettings(advisories="advisories")
    checked = python.check(scene_of(tmp_path, lock, run=run_program, settings=settings))
    assert names(checked) == found
    assert checked is not None
    for one in checked.evidence.findings:
        assert (one.severity, one.path, one.line, one.fixed_in) == ("HIGH", "requirements.txt", 2, ("3.0.1",))
    assert not checked.evidence.problems
    assert "1 advisories of advisories, the newest of 2023-11-01" in checked.what


@pytest.mark.slow
def test_two_versions_of_one_package_are_both_audited_and_what_is_not_pinned_is_a_problem(tmp_path: Path) -> None:
    need("pip-audit")
    files = {"requirements.txt": "werkzeug==2.3.7\nsix\n", "requirements-new.txt": "werkzeug==3.0.1\n"}
    write_files(tmp_path, {"advisories/one.yaml": ADVISORY})
    checked = python.check(scene_of(tmp_path, files, run=run_program, settings=AuditSettings(advisories="advisories")))
    assert names(checked) == ["vulnerability/PYSEC-2023-221"]
    assert checked is not None
    assert [(one.id, one.package) for one in checked.evidence.problems] == [("skipped", "six")]


@pytest.mark.slow
def test_a_service_that_can_not_be_reached_checks_nothing(tmp_path: Path) -> None:
    need("pip-audit")
    settings = AuditSettings(osv="http://127.0.0.1:9")
    with pytest.raises(NotCheckedError, match=r"service at http\S+ can't be reached"):
        python.check(scene_of(tmp_path, {"requirements.txt": "six==1.16.0\n"}, run=run_program, settings=settings))


def test_a_package_that_pip_audit_skips_is_a_problem_whatever_its_exit_code(tmp_path: Path) -> None:
    answer = '{"dependencies": [{"name": "six", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}'
    checked = python.check(scene_of(tmp_path, {"requirements.txt": "six==1.16.0\n"}, run=Answering(answer)))
    assert checked is not None
    assert [(one.id, one.package) for one in checked.evidence.problems] == [("skipped", "six")]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"requirements.txt": "six>1\n"}, "requirements.txt pins no version"),
        ({"pyproject.toml": "[project]\n"}, "no lock file pins them"),
        ({"uv.lock": "["}, "uv.lock pins no version"),
    ],
)
def test_dependencies_that_nothing_pins_are_not_checked(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    with pytest.raises(NotCheckedError, match=reason):
        python.check(scene_of(tmp_path, files))


def test_offline_python_is_checked_by_a_local_database_only(tmp_path: Path) -> None:
    with pytest.raises(NotCheckedError, match="offline"):
        python.check(scene_of(tmp_path, {"requirements.txt": "six==1\n"}, offline=True))
    assert python.check(scene_of(tmp_path / "empty", {"README.md": ""})) is None


class _Registry(BaseHTTPRequestHandler):
    status = 200

    def do_POST(self) -> None:
        advisory = {
            "id": 1,
            "url": "https://x/advisories/GHSA-35jh-r3h4-6jhm",
            "title": "Command injection",
            "severity": "high",
            "vulnerable_versions": "<4.17.21",
        }
        data = json.dumps({"lodash": [advisory]}).encode()
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        """npm asks which versions there are."""
        versions = {one: {"name": "lodash", "version": one} for one in ("4.17.20", "4.17.21")}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"name": "lodash", "versions": versions}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        pass


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[_Registry]]:
    """A registry with, or by its ``status`` without, the service that npm audit asks."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
        yield _Registry
        server.shutdown()
        thread.join()
        _Registry.status = 200


def npm_files(version: str) -> dict[str, str]:
    manifest = {"name": "mine", "version": "1.0.0", "dependencies": {"lodash": version}}
    packages = {"": manifest, "node_modules/lodash": {"version": version, "license": "MIT"}}
    lock = {"name": "mine", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    return {"package.json": json.dumps(manifest), "package-lock.json": json.dumps(lock, indent=1)}


@pytest.mark.slow
@pytest.mark.needs_node
@pytest.mark.skipif(which("npm") is None, reason="npm isn't installed")
@pytest.mark.parametrize(("version", "found"), [("4.17.20", ["vulnerability/GHSA-35jh-r3h4-6jhm"]), ("4.17.21", [])])
def test_npm_audit_finds_a_vulnerable_package(
    tmp_path: Path, registry: type[_Registry], version: str, found: list[str]
) -> None:
    assert registry.status == 200
    checked = node.check(scene_of(tmp_path / "r", npm_files(version), run=run_program))
    assert names(checked) == found
    assert checked is not None
    assert [(one.severity, one.version, one.tool) for one in checked.evidence.findings] == [
        ("HIGH", "4.17.20", "npm audit") for _ in found
    ]


NPM_ADVISORY = """id: GHSA-35jh-r3h4-6jhm
modified: 2024-05-01T00:00:00Z
summary: Command injection
database_specific: {severity: HIGH}
affected:
- package: {name: lodash, ecosystem: npm}
  ranges:
  - {type: SEMVER, events: [{introduced: "0"}, {fixed: "4.17.21"}]}
"""


@pytest.mark.slow
@pytest.mark.needs_node
@pytest.mark.skipif(which("npm") is None, reason="npm isn't installed")
@pytest.mark.parametrize(("version", "found"), [("4.17.20", ["vulnerability/GHSA-35jh-r3h4-6jhm"]), ("4.17.21", [])])
def test_npms_packages_are_checked_by_a_local_database(tmp_path: Path, version: str, found: list[str]) -> None:
    files = {**npm_files(version), "advisories/one.yaml": NPM_ADVISORY}
    settings = AuditSettings(advisories="advisories")
    checked = node.check(scene_of(tmp_path, files, run=run_program, settings=settings, offline=True))
    assert names(checked) == found
    assert checked is not None
    assert [one.severity for one in checked.evidence.findings] == ["HIGH"] * len(found)
    assert not checked.evidence.problems


@pytest.mark.parametrize(
    ("files", "ecosystem", "check"),
    [
        ({"requirements.txt": "six==1.16.0\n", "advisories/one.yaml": NPM_ADVISORY}, "PyPI", python.check),
        ({**npm_files("4.17.20"), "advisories/one.yaml": ADVISORY}, "npm", node.check),
    ],
)
def test_a_database_that_says_nothing_of_an_ecosystem_checks_nothing_there(
    tmp_path: Path, files: dict[str, str], ecosystem: str, check: Callable[[Scene], Checked | None]
) -> None:
    settings = AuditSettings(advisories="advisories")
    with pytest.raises(NotCheckedError, match=rf"none of the 1 advisories in \S+ is about {ecosystem}"):
        check(scene_of(tmp_path, files, settings=settings))


@pytest.mark.slow
@pytest.mark.needs_node
@pytest.mark.skipif(which("npm") is None, reason="npm isn't installed")
def test_a_registry_without_the_service_checks_nothing(tmp_path: Path, registry: type[_Registry]) -> None:
    registry.status = 405
    with pytest.raises(NotCheckedError, match="405"):
        node.check(scene_of(tmp_path / "r", npm_files("4.17.20"), run=run_program))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"yarn.lock": "", "package.json": '{"dependencies": {}}'}, "yarn.lock was not audited"),
        ({"web/package.json": '{"devDependencies": {}}'}, "web/package.json was not audited: it has no lock file"),
    ],
)
def test_other_locks_of_node_and_none_are_said(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    with pytest.raises(NotCheckedError, match=reason):
        node.check(scene_of(tmp_path, files))


def test_without_node_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert node.check(scene_of(tmp_path, {"package.json": '{"name": "bare"}'})) is None


def test_rust_is_checked_where_cargo_audit_is(tmp_path: Path) -> None:
    report = (Path(__file__).parents[1] / "cases/evidence/ok/cargo-audit.json").read_text(encoding="utf-8")
    lock = {"Cargo.lock": '[[package]]\nname = "time"\nversion = "0.1.45"\nsource = "registry+x"\n'}
    assert names(rust.check(scene_of(tmp_path, lock, run=Answering(report, code=1))))
    with pytest.raises(NotCheckedError, match="cargo-audit isn't installed"):
        rust.check(scene_of(tmp_path, lock))
    assert rust.check(scene_of(tmp_path / "other", {"a": ""})) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "found"),
    [("x = eval(input())\n", ["code/B307"]), ("import ast\nx = ast.literal_eval(input())\n", [])],
)
def test_eval_in_code_is_found(tmp_path: Path, text: str, found: list[str]) -> None:
    need("bandit")
    checked = code.check(scene_of(tmp_path, {"src/a.py": text}, run=run_program))
    assert names(checked) == found
    assert checked is not None
    assert [one.path for one in checked.evidence.findings] == ["src/a.py" for _ in found]


@pytest.mark.slow
def test_the_repositorys_own_settings_of_bandit_hold_and_a_broken_file_is_a_problem(tmp_path: Path) -> None:
    need("bandit")
    files = {"a.py": "x = eval(input())\n", "b.py": "def (:\n", "pyproject.toml": '[tool.bandit]\nskips = ["B307"]\n'}
    checked = code.check(scene_of(tmp_path, files, run=run_program))
    assert names(checked) == []
    assert checked is not None
    assert [one.id for one in checked.evidence.problems] == ["skipped"]


WORKFLOW = """on: push
permissions: {{}}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: {uses}
        with:
          persist-credentials: false
      - run: {script}
"""
PINNED = "actions/checkout@" + "11bd71901bbe5b1630ceea73d27597364c9af683"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("uses", "script", "found"),
    [
        (PINNED, "make", set()),
        ("someone/thing@v1", "make", {"misconfiguration/unpinned-uses"}),
        (PINNED, "echo ${{ github.event.issue.title }}", {"misconfiguration/template-injection"}),
    ],
)
def test_an_action_that_is_not_pinned_and_an_injection_are_found(
    tmp_path: Path, uses: str, script: str, found: set[str]
) -> None:
    need("zizmor")
    file = {".github/workflows/w.yml": WORKFLOW.format(uses=uses, script=script)}
    checked = workflows.check(scene_of(tmp_path, file, run=run_program))
    assert checked is not None
    serious = [one for one in checked.evidence.findings if one.severity in {"HIGH", "CRITICAL"}]
    assert {one.name for one in serious} == found
    assert {one.path for one in serious} <= {".github/workflows/w.yml"}


@pytest.mark.slow
def test_what_the_linter_says_counts_too(tmp_path: Path) -> None:
    need("zizmor")
    file = {".github/workflows/w.yml": WORKFLOW.format(uses=PINNED, script="make")}
    wrong = Diagnostic(span=Span.at(".github/workflows/w.yml", 3, 1), rule="no-such-job", message="there is no job b")
    checked = workflows.check(scene_of(tmp_path, file, run=run_program, linted=[wrong]))
    assert "misconfiguration/no-such-job" in names(checked)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FROM a:1\nRUN x\n", "names no USER"),
        ("FROM a:1\nUSER app\nUSER root\n", "ends with USER root"),
        ("FROM a:1\nUSER 0:0\n", "ends with USER root"),
        ("FROM a:1\nUSER app\n", None),
        ("FROM a:1 AS base\nUSER app\nFROM --platform=x base\nRUN y\n", None),
        ("FROM a:1 AS build\nUSER app\nFROM b:1\nCOPY --from=build x x\n", "names no USER"),
        ("# nothing\n", None),
    ],
)
def test_an_image_that_runs_as_root_is_found(text: str, found: str | None) -> None:
    told = [one.title for one in dockerfiles.find_root_stages(text, "Dockerfile")]
    assert len(told) == (found is not None)
    assert all(title.endswith(found or "") for title in told)


@pytest.mark.slow
def test_dockerfiles_are_read_by_hadolint(tmp_path: Path) -> None:
    need("hadolint")
    bad = scene_of(tmp_path, {"a/Dockerfile": "FROM debian\nRUN cd /x && make\n"}, run=run_program)
    assert set(names(dockerfiles.check(bad))) == {
        "misconfiguration/DL3006",
        "misconfiguration/DL3003",
        "misconfiguration/root-user",
    }
    good = scene_of(tmp_path / "g", {"Dockerfile": "FROM debian:12\nUSER 1000\n"}, run=run_program)
    assert names(dockerfiles.check(good)) == []


def test_a_scanner_that_fails_checked_nothing(tmp_path: Path) -> None:
    failing = Answering("", code=2, errors="Traceback\nboom\n")
    files = {
        "requirements.txt": "six==1\n",
        "a.py": "",
        "Dockerfile": "FROM a:1\n",
        ".github/workflows/w.yml": "",
        "Cargo.lock": "",
        **npm_files("1.0.0"),
    }
    scene = scene_of(tmp_path, files, run=failing)
    for check in (python.check, code.check, secrets.check, workflows.check, dockerfiles.check, node.check, rust.check):
        with pytest.raises(NotCheckedError, match="boom"):
            check(scene)
