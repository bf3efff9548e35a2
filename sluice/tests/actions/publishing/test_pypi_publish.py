"""``pypa/gh-action-pypi-publish`` in runs: rehearsed, refused, and sent by twine to an index on loopback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from distributions import METADATA, make_sdist, make_wheel
from running import Ran, Run

pytestmark = pytest.mark.slow
TEXT = """on: push
permissions: {PERMISSIONS}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: p, uses: pypa/gh-action-pypi-publish@release/v1, with: {INPUTS}}
"""
TOKEN = "password: '${{ secrets.TOKEN }}'"
SECRETS = {"TOKEN": "pypi-secret-of-the-index"}


def write(inputs: str = TOKEN, permissions: str = "contents: read") -> str:
    return TEXT.replace("INPUTS", inputs).replace("PERMISSIONS", permissions)


def effects(ran: Ran) -> list[tuple[str, str]]:
    assert all(one.rehearsed for one in ran.state.effects())
    return [(one.kind, one.target) for one in ran.state.effects()]


def reason(ran: Ran) -> str:
    return ran.job("job").steps["2"].reason or ""


BOTH = [
    ("package-upload", "upload.pypi.org small-thing 1.0 small_thing-1.0-py3-none-any.whl"),
    ("package-upload", "upload.pypi.org small-thing 1.0 small_thing-1.0.tar.gz"),
]


def test_a_rehearsal_lists_each_file_with_its_digest(run: Run, repository: Path) -> None:
    wheel = make_wheel(repository / "dist")
    make_sdist(repository / "dist")
    ran = run(write(), secrets=SECRETS)
    assert ran.code == 0, "\n".join(ran.log("job"))
    assert effects(ran) == BOTH
    first = next(iter(ran.state.effects())).request
    assert first.startswith("POST https://upload.pypi.org/legacy/ small_thing-1.0-py3-none-any.whl (")
    assert f"({wheel.stat().st_size} bytes, sha256 " in first
    log = "\n".join(ran.log("job"))
    assert SECRETS["TOKEN"] not in log
    assert re.search(r"Checking\s(\S|\n)*small_thing-1\.0\.tar\.gz:\s\S*PASSED", log)  # twine wraps and colours its own
    assert "BLAKE2-256: " in log


def test_trusted_publishing_needs_the_permission_and_is_rehearsed_with_it(run: Run, repository: Path) -> None:
    make_wheel(repository / "dist")
    refused = run(write("verbose: false"))
    assert (refused.code, effects(refused)) == (1, [])
    assert "id-token: write" in reason(refused)
    assert effects(run(write("verbose: false", "id-token: write"))) == BOTH[:1]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (f"{TOKEN}, user: me", "Password-based uploads disabled"),
        (f"{TOKEN}, packages-dir: out/", "Cannot find file (or expand pattern): 'out/*'"),
        (f"{TOKEN}, packages_dir: bad", "Checking small_thing-1.0-py3-none-any.whl: FAILED"),
        (f"{TOKEN}, packages-dir: mixed", "Unknown distribution format: 'notes.txt'"),
    ],
)
def test_what_could_not_be_sent_fails_with_the_reason(run: Run, repository: Path, inputs: str, said: str) -> None:
    make_wheel(repository / "dist")
    make_wheel(repository / "bad", METADATA.replace("Version: 1.0", "Version: 2.0"))
    make_wheel(repository / "mixed")
    (repository / "mixed/notes.txt").write_text("x", encoding="utf-8")
    ran = run(write(inputs), secrets=SECRETS)
    assert (ran.code, effects(ran)) == (1, [])
    assert said in reason(ran)


AGAIN = """
      - run: printf more >> dist/small_thing-1.0-py3-none-any.whl
      - {uses: pypa/gh-action-pypi-publish@release/v1, with: {INPUTS}}
"""


def test_an_index_takes_no_other_bytes_under_a_name_that_it_has(run: Run, repository: Path) -> None:
    make_wheel(repository / "dist")
    inputs = f"{TOKEN}, verify-metadata: false"
    refused = run(write(inputs) + AGAIN.replace("INPUTS", inputs), secrets=SECRETS)
    assert "File already exists" in (refused.job("job").steps["4"].reason or "")
    skipped = run(write(inputs) + AGAIN.replace("INPUTS", f"{inputs}, skip-existing: true"), secrets=SECRETS)
    assert (skipped.code, effects(skipped)) == (0, BOTH[:1])


INDEX = """
import http.server, pathlib
class Index(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        good = self.headers["Authorization"] == "Basic X190b2tlbl9fOnB5cGktc2VjcmV0LW9mLXRoZS1pbmRleA=="
        pathlib.Path("got").write_bytes(body)
        self.send_response(200 if good else 403)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 8765), Index).serve_forever()
"""
SENT = """
      - run: echo ">$(grep -a -c small_thing-1.0-py3-none-any.whl got)"
        if: always()
"""


@pytest.mark.parametrize(("token", "code"), [("pypi-secret-of-the-index", 0), ("pypi-other", 1)])
def test_twine_sends_it_when_it_is_for_real(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch, token: str, code: int
) -> None:
    monkeypatch.setattr(
        "sluice.app.running.publishing.prepare_publication", lambda *_: None
    )  # these trees have changes
    make_wheel(repository / "dist")
    (repository / "index.py").write_text(INDEX, encoding="utf-8")
    wait = "until curl --silent --output /dev/null 127.0.0.1:8765; do sleep 0.1; done"
    start = f"      - run: |\n          python3 index.py > /dev/null 2>&1 &\n          {wait}\n      - {{id: p"
    inputs = f"{TOKEN}, repository-url: 'http://127.0.0.1:8765/legacy/'"
    ran = run(write(inputs).replace("      - {id: p", start) + SENT, publish=True, secrets={"TOKEN": token})
    assert ran.code == code, "\n".join(ran.log("job"))
    assert [(one.target, one.rehearsed) for one in ran.state.effects()] == [
        ("127.0.0.1:8765 small-thing 1.0 small_thing-1.0-py3-none-any.whl", False)
    ][: 1 - code]
    assert ran.said("job") == ["1"]
    assert token not in "\n".join(ran.log("job"))
