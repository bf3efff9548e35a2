"""What is read: the lists, a run, its log, its report. Texts of runs are texts, whatever is in them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from running import Run
from web_client import Client

from sluice.app.serving_web.site import Site

pytestmark = pytest.mark.slow
WORKFLOW = """\
name: <i>CI</i>
run-name: <script>alert(1)</script>
on: { push: , workflow_dispatch: }
jobs:
  test:
    name: <img src=x onerror=alert(2)>
    runs-on: ubuntu-latest
    steps:
      - name: "Say </div> it"
        run: |
          printf '\\033[38;5;208mcoloured\\033[0m <script>alert(3)</script>\\n'
          echo "::warning title=<b>t</b>::<script>alert(4)</script>"
          echo "$S"
          exit 1
        env: { S: "${{ secrets.PASSWORD }}" }
"""
WAITS = "name: W\non: push\njobs: { test: { runs-on: ubuntu-latest, steps: [{ run: 'echo here; sleep 60' }] } }\n"


class Elements(HTMLParser):
    """The elements of a page and the attributes that could run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.suspicious: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.suspicious += [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]
        if tag in {"script", "iframe", "object", "img", "i-"}:
            self.scripts.append(dict(attrs))


def no_code_in(page: str) -> None:
    found = Elements(page)
    assert found.suspicious == []
    assert all(str(one.get("src")).startswith("/assets/") for one in found.scripts), found.scripts


def test_a_run_is_listed_and_shown(run: Run, client: Client) -> None:
    ran = run(WORKFLOW, secrets={"PASSWORD": "tops3cret"})
    listed = client.get("/").text
    assert f'href="/runs/{ran.state.run}"' in listed
    assert "failed" in listed
    shown = client.get(f"/runs/{ran.state.run}").text
    assert "exit code 1" in shown
    assert 'action="/runs/' in shown
    assert "Run failed jobs again" in shown
    for page in (listed, shown):
        no_code_in(page)
        assert "tops3cret" not in page


def test_a_log_is_a_page_a_part_and_a_file(run: Run, client: Client) -> None:
    ran = run(WORKFLOW, secrets={"PASSWORD": "tops3cret"})
    address = f"/runs/{ran.state.run}/log?step=job-test:1"
    page, part = client.get(address), client.get(f"{address}&part=1")
    assert page.text.startswith("<!doctype html>")
    assert not part.text.startswith("<!doctype html>")
    for answer in (page, part):
        no_code_in(answer.text)
        assert "&lt;script&gt;alert(3)" in answer.text
        assert "***" in answer.text
        assert "tops3cret" not in answer.text
    assert int(part.headers["x-lines"]) > 3
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/runs/{ran.state.run}/logs.zip").body))
    assert archive.testzip() is None
    (name,) = [one for one in archive.namelist() if "Say" in one]
    assert name == "img src=x onerror=alert(2)/2_Say div it.txt"
    assert b"tops3cret" not in archive.read(name)
    assert b"<script>alert(3)</script>" in archive.read(name)


def test_the_report_may_run_its_own_script_alone(run: Run, client: Client) -> None:
    ran = run(WORKFLOW)
    assert not (ran.folder / "report.html").exists(), "a quiet run has none yet"
    answer = client.get(f"/runs/{ran.state.run}/report.html")
    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'sha256-" in policy
    assert "script-src 'sha256-" + policy.split("sha256-")[1].split("'")[0] in answer.text
    assert "unsafe-inline" not in policy.split("script-src")[1]


@pytest.mark.parametrize(
    "path",
    [
        "/runs/20260101-000000-abcd",
        "/runs/latest",
        "/runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/runs/..%2f..%2fsluice.db/log?step=job-a:1",
        "/workflows/..%2f..%2fsluice.toml",
        "/workflows/none.yml",
        "/assets/..%2fframe.py",
        "/assets/none.css",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_not_found(run: Run, client: Client, path: str) -> None:
    run(WORKFLOW)
    answer = client.get(path)
    assert answer.status == 404
    no_code_in(answer.text)


@pytest.mark.parametrize("step", ["", "job-test", "job-test:9", "job-none:1", "../../../etc/passwd", "job-..:1"])
def test_a_step_that_is_not_there_has_no_log(run: Run, client: Client, step: str) -> None:
    ran = run(WORKFLOW)
    assert client.get(f"/runs/{ran.state.run}/log?step={step}").status == 404


def test_another_repositorys_run_is_not_there(run: Run, client: Client, site: Site, tmp_path: Path) -> None:
    ran = run(WORKFLOW)
    assert client.get(f"/runs/{ran.state.run}").status == 200
    site.root = tmp_path
    assert client.get(f"/runs/{ran.state.run}").status == 404
    assert ran.state.run not in client.get("/").text


def test_a_workflow_that_cannot_be_read_says_why(repository: Path, client: Client) -> None:
    path = repository / ".github/workflows/bad.yml"
    path.write_text("on: push\njobs: { a: { runs-on: x, stepz: [] } }\n", encoding="utf-8")
    assert "Unexpected value &#39;stepz&#39;" in client.get("/").text
    answer = client.get("/workflows/bad.yml")
    assert answer.status == 422
    assert "stepz" in answer.text
    path.write_text("on: push\njobs: { a: { runs-on: x, steps: [{ run: ls }] } }\n", encoding="utf-8")
    assert "stepz" not in client.get("/").text
    assert client.get("/workflows/bad.yml").status == 200


def test_a_run_that_was_killed_is_interrupted(repository: Path, client: Client, site: Site) -> None:
    (repository / ".github/workflows/w.yml").write_text(WAITS, encoding="utf-8")
    with subprocess.Popen([sys.executable, "-m", "sluice", "run", "w.yml", "--quiet"], env=os.environ) as process:
        deadline = time.monotonic() + 20
        try:
            while not (rows := site.rows()) or "Cancel" not in client.get(f"/runs/{rows[0].run}").text:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        finally:
            process.send_signal(signal.SIGKILL)
    shown = client.get(f"/runs/{rows[0].run}").text
    assert "interrupted" in shown
    assert "Cancel" not in shown
    assert 'class="interrupted"' in client.get("/").text


def test_measures_have_a_page_before_there_are_any(client: Client) -> None:
    answer = client.get("/measures")
    assert answer.status == 200
    assert "Nothing was recorded yet" in answer.text


def test_so_many_runs_have_a_way_to_the_older_ones(run: Run, client: Client) -> None:
    for _ in range(2):
        run(WORKFLOW)
    assert "Older runs" not in client.get("/").text
    assert client.get("/?limit=1").text.count('id="run-') == 1
    assert "Older runs" in client.get("/?limit=1").text
    assert client.get("/?limit=x").status == 200
