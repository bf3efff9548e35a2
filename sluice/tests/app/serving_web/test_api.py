"""The API: every route held against GitHub's published description, red and green, and asked by ``gh`` itself."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from github_description import description
from running import Run
from web_client import TOKEN, Answer, Client

from sluice.app.serving_web.api.routes import ROUTES
from sluice.app.serving_web.site import Site
from sluice.events.state import RunState

pytestmark = pytest.mark.slow
REPO = "/repos/octo/app"
WORKFLOW = """\
name: CI
on:
  push:
  workflow_dispatch:
    inputs:
      version: { required: true }
      count: { type: number, default: 1 }
      sure: { type: boolean }
jobs:
  test:
    strategy: { fail-fast: false, matrix: { n: [1, 2] } }
    runs-on: ubuntu-latest
    steps:
      - run: echo "::warning file=a.py,line=3::careful"
      - run: test "${{ matrix.n }}" = 1
  keep:
    runs-on: ubuntu-latest
    steps:
      - run: echo hello > file
      - { uses: actions/upload-artifact@v4, with: { name: it, path: file } }
"""
WAITS = "name: W\non: workflow_dispatch\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: sleep 60 }] } }\n"
WAITS_FOR_REVIEW = """\
on: workflow_dispatch
jobs:
  deploy: { runs-on: ubuntu-latest, environment: Live, steps: [{ run: echo deployed }] }
"""


class Asking:
    """Asks with the token, and holds every exchange against the description."""

    def __init__(self, client: Client) -> None:
        self.client = replace(client, cookie="", headers={"authorization": f"Bearer {TOKEN}"})
        self.used: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:  # noqa: ANN401 - JSON
        answer = self.raw(method, path, body)
        assert answer.status == status, (method, path, answer.status, answer.text)
        return answer.json if answer.body else None

    def raw(self, method: str, path: str, body: object = None) -> Answer:
        answer = self.client.send(method, path, body)
        place, _, query = path.partition("?")
        got = answer.json if answer.body else None
        pairs = dict(one.split("=") for one in query.split("&") if one)
        assert description().check(method, (place, pairs), body, (answer.status, got)) == []
        self.used.add((method, place))
        return answer


@pytest.fixture
def ask(client: Client) -> Asking:
    description()
    return Asking(client)


def over(site: Site, seconds: float = 40) -> RunState:
    """The newest run, when it has ended."""
    deadline = time.monotonic() + seconds
    while not (rows := site.rows()) or (state := site.state(rows[0].run)).conclusion is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return state


def write(repository: Path, text: str) -> None:
    (repository / ".github/workflows/ci.yml").write_text(text, encoding="utf-8")


def test_what_is_read_is_as_github_describes_it(run: Run, ask: Asking) -> None:
    ran = run(WORKFLOW)
    assert ran.code == 1
    (listed,) = ask("GET", f"{REPO}/actions/workflows")["workflows"]
    for name in (listed["id"], "w.yml"):
        assert ask("GET", f"{REPO}/actions/workflows/{name}")["path"] == ".github/workflows/w.yml"
        assert ask("GET", f"{REPO}/actions/workflows/{name}/runs")["total_count"] == 1
    one = ask("GET", f"{REPO}/actions/runs")["workflow_runs"][0]
    assert (one["conclusion"], one["status"], one["workflow_id"]) == ("failure", "completed", listed["id"])
    at = f"{REPO}/actions/runs/{one['id']}"
    assert ask("GET", at) == ask("GET", f"{at}/attempts/1") == one
    jobs = ask("GET", f"{at}/jobs")["jobs"]
    assert {job["name"]: job["conclusion"] for job in jobs} == {
        "test (1)": "success",
        "test (2)": "failure",
        "keep": "success",
    }
    assert ask("GET", f"{at}/attempts/1/jobs")["total_count"] == len({job["id"] for job in jobs}) == 3
    assert all(job["id"] < 1 << 53 for job in jobs), "JavaScript can hold it"
    failed = next(job for job in jobs if job["conclusion"] == "failure")
    assert [step["conclusion"] for step in failed["steps"]].count("failure") == 1
    assert ask("GET", f"{REPO}/actions/jobs/{failed['id']}") == failed
    (note,) = ask("GET", f"{REPO}/check-runs/{failed['id']}/annotations")[:1]
    assert (note["path"], note["start_line"], note["message"]) == ("a.py", 3, "careful")
    assert ask("GET", REPO)["full_name"] == "octo/app"
    for logs in (f"{at}/logs", f"{at}/attempts/1/logs"):
        archive = ask.client.get(ask.raw("GET", logs).headers["location"].removeprefix("http://127.0.0.1:8931"))
        names = zipfile.ZipFile(io.BytesIO(archive.body)).namelist()
        assert any(name.startswith("test (2)/") for name in names)
    text = ask.raw("GET", f"{REPO}/actions/jobs/{failed['id']}/logs").headers["location"]
    assert "careful" in ask.client.get(text.removeprefix("http://127.0.0.1:8931")).text


def test_an_artifact_is_found_and_its_bytes_are_those_that_were_kept(run: Run, ask: Asking, site: Site) -> None:
    run(WORKFLOW)
    at = f"{REPO}/actions/runs/{ask('GET', f'{REPO}/actions/runs')['workflow_runs'][0]['id']}/artifacts"
    (kept,) = ask("GET", at)["artifacts"]
    assert (kept["name"], kept["expired"], kept["id"] < 1 << 53) == ("it", False, True)
    assert ask("GET", f"{REPO}/actions/artifacts")["artifacts"] == [kept]
    assert ask("GET", f"{REPO}/actions/artifacts?name=it")["total_count"] == 1
    for place in (at, f"{REPO}/actions/artifacts"):
        assert ask("GET", f"{place}?name=other")["total_count"] == 0
    one = f"{REPO}/actions/artifacts/{kept['id']}"
    assert ask("GET", one) == kept
    bytes_at = ask.raw("GET", f"{one}/zip").headers["location"].removeprefix("http://127.0.0.1:8931")
    archive = ask.client.get(bytes_at)
    assert hashlib.sha256(archive.body).hexdigest() == kept["digest"].removeprefix("sha256:")
    assert zipfile.ZipFile(io.BytesIO(archive.body)).read("file") == b"hello\n"
    ask("GET", f"{one}/tar", status=404)
    ask("GET", f"{REPO}/actions/artifacts/{kept['id'] + 1}", status=404)
    site.artifacts(site.rows()[0].run).delete("it")
    assert ask("GET", one)["expired"] is True
    assert ask("GET", f"{one}/zip", status=410)["message"] == "Artifact has expired"
    assert ask.client.get(bytes_at).status == 404


@pytest.mark.parametrize(("state", "comment"), [("approved", ""), ("rejected", "Not yet")])
def test_an_environment_is_approved_by_the_api(
    repository: Path, ask: Asking, site: Site, state: str, comment: str
) -> None:
    write(repository, WAITS_FOR_REVIEW)
    (repository / "sluice.toml").write_text('[environment.Live]\nreviewers = ["ada"]\n', encoding="utf-8")
    ask("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", {"ref": "main"}, status=204)
    at = f"{REPO}/actions/runs/{site.rows()[0].id}"
    deadline = time.monotonic() + 30
    while not (waiting := ask("GET", f"{at}/pending_deployments")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    ((number, name),) = [(one["environment"]["id"], one["environment"]["name"]) for one in waiting]
    assert (name, [one["reviewer"]["login"] for one in waiting[0]["reviewers"]]) == ("Live", ["ada"])
    wrong = [{"environment_ids": [number], "state": "perhaps"}, {"environment_ids": [1], "state": state}]
    for body in [*wrong, {"environment_ids": [], "state": state}, {"environment_ids": [[]], "state": state}]:
        answer = ask.client.send("POST", f"{at}/pending_deployments", {"comment": "", **body})
        assert (answer.status, "no pending" in answer.text) == (422, True)
    assert ask("GET", f"{at}/approvals") == []
    body = {"environment_ids": [number], "state": state, "comment": comment}
    (made,) = ask("POST", f"{at}/pending_deployments", body)
    assert made["environment"] == "Live"
    assert over(site).conclusion == ("success" if state == "approved" else "failure")
    (given,) = ask("GET", f"{at}/approvals")
    assert (given["state"], given["comment"]) == (state, comment)
    assert ask("GET", f"{at}/pending_deployments") == []
    ask("POST", f"{at}/pending_deployments", body, status=422)


def test_lists_are_narrowed_and_paged(run: Run, ask: Asking) -> None:
    for _ in range(3):
        run(WORKFLOW)
    runs = f"{REPO}/actions/runs"
    assert ask("GET", f"{runs}?status=failure")["total_count"] == 3
    assert ask("GET", f"{runs}?status=success")["total_count"] == 0
    assert ask("GET", f"{runs}?event=push")["total_count"] == 3
    assert ask("GET", f"{runs}?branch=other")["total_count"] == 0
    answer = ask.raw("GET", f"{runs}?per_page=2&page=1")
    assert (len(answer.json["workflow_runs"]), answer.json["total_count"]) == (2, 3)
    assert 'rel="next"' in answer.headers["link"]
    assert len(ask("GET", f"{runs}?per_page=2&page=2")["workflow_runs"]) == 1


def test_a_workflow_is_started_by_hand(repository: Path, ask: Asking, site: Site) -> None:
    write(repository, WORKFLOW)
    inputs = {"version": "v1", "count": 3, "sure": True}
    ask("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", {"ref": "main", "inputs": inputs}, status=204)
    facts = over(site).facts
    assert facts is not None
    assert (facts.trigger, facts.inputs, facts.ref) == ("workflow_dispatch", inputs, "refs/heads/main")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"ref": "main"}, "Required input 'version' not provided"),
        ({"ref": "main", "inputs": {"version": "1", "count": "x"}}, "is not a number"),
        ({"ref": "main", "inputs": {"version": "1", "other": "x"}}, "Unexpected inputs provided: 'other'"),
        ({"ref": "nowhere", "inputs": {"version": "1"}}, "No ref found for: nowhere"),
        ({"ref": "--help", "inputs": {"version": "1"}}, "No ref found for: --help"),
        ({"ref": "old", "inputs": {"version": "1"}}, "old is not checked out here"),
    ],
)
def test_what_github_refuses_is_refused(
    repository: Path, ask: Asking, site: Site, body: dict[str, Any], told: str
) -> None:
    write(repository, WORKFLOW)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "branch", "old"], cwd=repository, check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "Second"], cwd=repository, check=True)
    answer = ask("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", body, status=422)
    assert told in answer["message"]
    assert site.rows() == []


def test_what_cannot_be_started_by_hand_is_refused(repository: Path, ask: Asking) -> None:
    write(repository, "on: push\njobs: { a: { runs-on: x, steps: [{ run: ls }] } }\n")
    at = f"{REPO}/actions/workflows/ci.yml/dispatches"
    assert "does not have 'workflow_dispatch'" in ask("POST", at, {"ref": "main"}, status=422)["message"]
    assert ask.client.send("POST", at, {"inputs": {}}).status == 422
    assert ask.client.send("POST", at, ["ref"]).status == 400


def test_a_run_is_cancelled_and_repeated(repository: Path, ask: Asking, site: Site) -> None:
    write(repository, WAITS)
    ask("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", {"ref": "main"}, status=204)
    at = f"{REPO}/actions/runs/{site.rows()[0].id}"
    assert ask("GET", at)["status"] in {"queued", "in_progress"}
    ask("POST", f"{at}/rerun", status=403)
    deadline = time.monotonic() + 20
    while not [job for job in ask("GET", f"{at}/jobs")["jobs"] if job["status"] == "in_progress"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    ask("POST", f"{at}/cancel", status=202)
    assert over(site).conclusion == "cancelled"
    for order in ("cancel", "force-cancel"):
        assert "completed" in ask("POST", f"{at}/{order}", status=409)["message"]
    for order in ("rerun-failed-jobs", "rerun"):
        ask("POST", f"{at}/{order}", status=201)
        ask("POST", f"{REPO}/actions/runs/{site.rows()[0].id}/force-cancel", status=202)
        assert over(site).facts.rerun_of is not None  # type: ignore[union-attr]


def test_what_is_not_there_is_not_found(run: Run, ask: Asking) -> None:
    run(WORKFLOW)
    missing = ("runs/99", "runs/99/jobs", "runs/99/logs", "jobs/99", f"jobs/{1 << 60}", "workflows/none.yml")
    for path in missing:
        assert ask("GET", f"{REPO}/actions/{path}", status=404)["message"] == "Not Found"
    for path in ("/repos/octo/other/actions/runs", "/repos/other/app/actions/runs"):
        assert ask.client.send("GET", path).status == 404
    ask("POST", f"{REPO}/actions/runs/99/cancel", status=404)
    assert replace(ask.client, headers={}).send("GET", f"{REPO}/actions/runs").status == 401
    assert ask.client.send("GET", f"/api/v3{REPO}/actions/runs").status == 200


def test_graphql_tells_the_default_branch_and_changes_nothing(ask: Asking, repository: Path) -> None:
    query = "query($owner:String!,$name:String!){repository(owner:$owner,name:$name){defaultBranchRef{name}}}"
    told = ask.client.send("POST", "/graphql", {"query": query, "variables": {"owner": "octo", "name": "app"}}).json
    assert told["data"]["repository"]["defaultBranchRef"]["name"] == "main"
    change = {"query": 'mutation{addComment(input:{subjectId:"x",body:"y"}){clientMutationId}}'}
    assert ask.client.send("POST", "/graphql", change).status == 403
    other = ask.client.send("POST", "/graphql", {"query": "{viewer{login} rateLimit{remaining}}"}).json
    assert other["errors"][0]["message"] == "sluice serve has no rateLimit in GraphQL"
    assert repository.is_dir()


def test_every_route_is_asked_somewhere_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for _, path in ROUTES:
        last = path.rpartition("/")[2]
        assert last.startswith("{") or last in text, path


@pytest.fixture
def gh() -> str:
    """``gh``, which speaks to GitHub's own host alone, unless a socket is in its settings."""
    found = os.environ.get("SLUICE_GH") or shutil.which("gh")
    if not found:
        pytest.skip("gh is not installed")
    return found


def test_gh_starts_lists_and_views(gh: str, repository: Path, site: Site, tmp_path: Path) -> None:
    write(repository, WORKFLOW)
    remote = ["git", "remote", "add", "origin", "https://github.com/octo/app.git"]
    subprocess.run(remote, cwd=repository, check=True)
    with subprocess.Popen([sys.executable, "-m", "sluice", "serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        line = process.stdout.readline()
        settings = line.split("GH_CONFIG_DIR=")[1].split()[0]
        environment = {"GH_CONFIG_DIR": settings, "PATH": os.environ["PATH"], "HOME": str(tmp_path)}

        def ask_gh(*words: str) -> str:
            done = subprocess.run(
                [gh, *words], capture_output=True, text=True, check=False, env=environment, timeout=60
            )
            assert done.returncode == 0, (words, done.stdout, done.stderr)
            return done.stdout

        assert "CI" in ask_gh("workflow", "list")
        ask_gh("workflow", "run", "ci.yml", "-f", "version=v7", "-f", "count=2")
        assert over(site).facts.inputs["version"] == "v7"  # type: ignore[union-attr]
        number = str(site.rows()[0].id)
        assert "failure" in ask_gh("run", "list")
        assert "test (2)" in ask_gh("run", "view", number)
        assert "careful" in ask_gh("run", "view", number, "--log")
        ask_gh("run", "watch", number)
        ask_gh("run", "download", number, "--name", "it", "--dir", str(tmp_path / "got"))
        ask_gh("run", "download", "--name", "it", "--dir", str(tmp_path / "newest"))
        assert all((tmp_path / folder / "file").read_text() == "hello\n" for folder in ("got", "newest"))
        ask_gh("run", "rerun", number, "--failed")
        assert over(site).facts.attempt == 2  # type: ignore[union-attr]
        assert stat_of(Path(settings)) == 0o700
        process.terminate()
    assert not Path(settings).exists(), "its settings go with it"


def stat_of(path: Path) -> int:
    return path.stat().st_mode & 0o777
