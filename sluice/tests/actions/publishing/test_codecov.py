"""``codecov/codecov-action`` in runs: which reports are found, listed, and sent to a server on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Ran, Run

from sluice.actions.builtin.publishing.coverage_files import search_reports

LCOV = "SF:a.py\\nDA:1,1\\nDA:2,0\\nLF:2\\nLH:1\\nend_of_record\\n"
TEXT = """on: push
permissions: {PERMISSIONS}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: mkdir -p out/deep; printf 'LCOV' | tee lcov.info > out/deep/lcov.info; touch out/junit.xml
      - {uses: codecov/codecov-action@v5, with: {token: "${{ secrets.TOKEN }}", INPUTS}}
"""
SECRETS = {"TOKEN": "0f0f-token-of-codecov"}


def write(inputs: str, permissions: str = "contents: read") -> str:
    return TEXT.replace("LCOV", LCOV).replace("INPUTS", inputs).replace("PERMISSIONS", permissions)


def effects(ran: Ran) -> list[str]:
    assert all((one.kind, one.rehearsed) == ("coverage-upload", True) for one in ran.state.effects())
    return [one.target for one in ran.state.effects()]


def test_reports_are_found_by_their_names(tmp_path: Path) -> None:
    found = ["cobertura.xml", "x.gcov", "a/coverage.xml", "b/coverage-final.json"]
    others = ["a/coverage.py", "node_modules/lcov.info", ".coverage", "notes.txt", "c/junit.xml", "skipped/lcov.info"]
    for name in [*found, *others]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [str(path.relative_to(tmp_path)) for path in search_reports(tmp_path, leave_out=["skipped"])] == found
    assert [path.name for path in search_reports(tmp_path, test_results=True)] == ["junit.xml"]


@pytest.mark.slow
def test_a_rehearsal_lists_each_report_with_what_it_measures(run: Run) -> None:
    ran = run(write("flags: 'unit,linux', name: mine, use_pypi: true"), secrets=SECRETS)
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert effects(ran) == ["codecov.io local/repository lcov.info", "codecov.io local/repository out/deep/lcov.info"]
    (first, _) = ran.state.effects()
    assert "upload-coverage --git-service github --name mine --flag unit --flag linux lcov.info (" in first.request
    log = "\n".join(ran.log("job"))
    assert "lcov.info: coverage/line 50" in log
    assert SECRETS["TOKEN"] not in log + first.request
    (notice,) = ran.job("job").annotations
    assert notice.message.startswith("Input 'use_pypi' has no effect here")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ("directory: out", ["out/deep/lcov.info"]),
        ("exclude: out", ["lcov.info"]),
        ("disable_search: true, files: './lcov.info, none.xml'", ["lcov.info"]),
        ("report_type: test_results", ["out/junit.xml"]),
        ("working-directory: out", ["deep/lcov.info"]),
        ("dry_run: true", []),
    ],
)
def test_the_inputs_say_which(run: Run, inputs: str, found: list[str]) -> None:
    ran = run(write(inputs), secrets=SECRETS)
    assert (ran.code, effects(ran)) == (0, [f"codecov.io local/repository {name}" for name in found])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("directory: nowhere", "No coverage reports found"),
        ("run_command: guess", "Invalid run command specified: guess"),
    ],
)
def test_an_error_fails_the_step_only_where_it_was_asked_to(run: Run, inputs: str, said: str) -> None:
    passed = run(write(inputs), secrets=SECRETS)
    assert (passed.code, effects(passed)) == (0, [])
    assert [said in one.message for one in passed.job("job").annotations] == [True]
    failed = run(write(f"{inputs}, fail_ci_if_error: true"), secrets=SECRETS)
    assert failed.code == 1
    assert said in (failed.job("job").steps["3"].reason or "")


@pytest.mark.slow
def test_the_identity_needs_the_permission(run: Run) -> None:
    refused = run(write("use_oidc: true"), secrets=SECRETS)
    assert (refused.code, effects(refused)) == (1, [])
    assert "id-token: write" in (refused.job("job").steps["3"].reason or "")
    assert len(effects(run(write("use_oidc: true", "id-token: write"), secrets=SECRETS))) == 2


SERVER = """
import http.server, json, pathlib
class Server(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with pathlib.Path("got").open("ab") as file:
            file.write(f"{self.command} {self.path} {self.headers.get('Authorization')}\\n".encode())
        good = "0f0f" in (self.headers.get("Authorization") or "0f0f")
        self.send_response(200 if good else 401)
        self.end_headers()
        self.wfile.write(json.dumps({"raw_upload_location": "http://127.0.0.1:8766/put", "url": ""}).encode())
    do_GET = do_POST = do_PUT = answer
http.server.HTTPServer(("127.0.0.1", 8766), Server).serve_forever()
"""


@pytest.mark.slow
@pytest.mark.usefixtures("uv_at_hand")
@pytest.mark.parametrize(("token", "code"), [("0f0f-token-of-codecov", 0), ("other", 1)])
def test_codecovs_command_line_sends_it_when_it_is_for_real(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch, token: str, code: int
) -> None:
    monkeypatch.setattr(
        "sluice.app.running.publishing.prepare_publication", lambda *_: None
    )  # these trees have changes
    (repository / "server.py").write_text(SERVER, encoding="utf-8")
    start = (
        "      - run: |\n          python3 server.py > /dev/null 2>&1 &\n"
        "          until curl --silent --output /dev/null 127.0.0.1:8766; do sleep 0.1; done\n      - {uses: codecov"
    )
    inputs = (
        "url: 'http://127.0.0.1:8766', fail_ci_if_error: true, disable_search: true, files: lcov.info, plugins: noop"
    )
    text = write(inputs).replace("      - {uses: codecov", start)
    text += "      - {if: always(), run: 'echo \">$(grep -c PUT got)\"'}\n"
    ran = run(text, publish=True, secrets={"TOKEN": token})
    assert ran.code == code, "\n".join(ran.log("job"))
    assert [one.rehearsed for one in ran.state.effects()] == [False] * (1 - code)
    assert ran.said("job") == [str(1 - code)]
    assert token not in "\n".join(ran.log("job")) or token == "other"
