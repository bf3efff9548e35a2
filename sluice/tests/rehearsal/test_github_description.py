"""Every route of the stand-in for GitHub, held against GitHub's published description: what it takes, what it gives."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest
from github_asking import SIDES, Asking, snapshot
from github_description import description
from github_git_parts import GIT_PARTS
from github_hub import SHA, Served, new_desk
from github_packages import add_version
from run_stream import Stream

from sluice.app.running.run_at_hand import PerformedRun
from sluice.events.model import PlannedJob
from sluice.rehearsal.github.routing import _routes
from sluice.store.files.artifacts import FolderArtifacts, Packing
from sluice.store.runs.sqlite import SqliteStore

pytestmark = pytest.mark.slow
REPO = "/repos/octo/app"


RUN = 7_000_000_000_000


@pytest.fixture
def hub(tmp_path: Path) -> Served:
    description()
    return Served(desk=new_desk(tmp_path, performed(tmp_path), snapshot(tmp_path / "git")), api="http://127.0.0.1:1")


def ask_contents(ok: Asking) -> None:
    at = f"{REPO}/contents"
    for ref in ("before", "refs/heads/before", ok("GET", f"{REPO}/git/ref/heads/before")["object"]["sha"]):
        found = ok("GET", f"{at}/a b.txt", ref=ref)
        assert base64.b64decode(found["content"]) == b"one\ntwo\nthree\n"
    assert [one["path"] for one in ok.hub.ask("GET", f"{at}/docs", ref="before")[1]] == ["docs/ü.md"]
    assert ok("GET", f"{at}/link", ref="before")["target"] == "a b.txt"
    module = ok("GET", f"{at}/module", ref="before")
    assert (module["sha"], module["submodule_git_url"]) == (SHA, "https://github.com/octo/module")
    for path, ref in (("none", "before"), ("gone.txt", "after"), ("a b.txt", "nowhere")):
        assert ok.hub.ask("GET", f"{at}/{path}", ref=ref)[0] == 404
    desk = ok.hub.desk.repository("octo/app")
    desk.table("pulls").add({"number": 70, **{side: {"ref": ref} for side, ref in SIDES.items()}}, 70)
    changed = ok.hub.ask("GET", f"{REPO}/pulls/70/files")[1]
    assert [(one["filename"], one["status"], one["additions"], one["deletions"]) for one in changed] == [
        ("c.txt", "renamed", 1, 0),
        ("docs/new.bin", "added", 0, 0),
        ("gone.txt", "removed", 0, 1),
    ]
    assert changed[0]["previous_filename"] == "a b.txt"
    for name, level in (("me", "admin"), ("other", "none")):
        assert ok("GET", f"{REPO}/collaborators/{name}/permission")["permission"] == level


def performed(folder: Path) -> PerformedRun:
    """A run with a job that goes on, one that waits, and an artifact."""
    (folder / "file").write_text("1", encoding="utf-8")
    store = SqliteStore(folder / "store")
    run, _ = store.new_run(".github/workflows/ci.yml", "/app")
    jobs = [PlannedJob(key=name, id=name, name=name) for name in ("test", "ship")]
    stream = Stream().queue(jobs, workflow_file=".github/workflows/ci.yml").single("test").start_job("test", "one")
    with SqliteStore(store.root) as other:
        for record in stream.start_step("test", "1", "one").records:
            other.writer(run).append(record.event)
    FolderArtifacts(store.folder(run) / "artifacts").upload("it", folder, [Path("file")], Packing())
    return PerformedRun(store, run, RUN, "me")


def ask_repository(ok: Asking) -> None:
    for path in ("", "/tags", "/git/ref/heads/main", "/git/matching-refs/heads/m"):
        ok("GET", REPO + path)
    for path in ("/", "/rate_limit"):
        ok("GET", path)
    assert ok.hub.ask("GET", "/user")[0] == 403
    ok("POST", f"{REPO}/git/refs", {"ref": "refs/heads/new", "sha": SHA})
    ok("PATCH", f"{REPO}/git/refs/heads/new", {"sha": SHA, "force": True})
    ok("DELETE", f"{REPO}/git/refs/heads/new")
    ok("POST", f"{REPO}/git/tags", {"tag": "v0", "message": "m", "object": SHA, "type": "commit"})


def ask_releases(ok: Asking) -> None:
    made = ok("POST", f"{REPO}/releases", {"tag_name": "v1", "generate_release_notes": True})
    one = f"{REPO}/releases/{made['id']}"
    asset = ok("POST", f"{one}/assets", b"bytes", name="a.txt", label="")
    for path in ("/releases", "/releases/latest", "/releases/tags/v1", f"/releases/assets/{asset['id']}"):
        ok("GET", REPO + path)
    ok("GET", one)
    ok("GET", f"{one}/assets")
    ok("POST", f"{REPO}/releases/generate-notes", {"tag_name": "v1"})
    ok("PATCH", one, {"name": "One", "make_latest": "false"})
    ok("PATCH", f"{REPO}/releases/assets/{asset['id']}", {"label": "A"})
    ok("DELETE", f"{REPO}/releases/assets/{asset['id']}")
    ok("DELETE", one)


def ask_deployments_and_checks(ok: Asking) -> None:
    deployment = ok("POST", f"{REPO}/deployments", {"ref": "main", "environment": "staging", "required_contexts": []})
    at = f"{REPO}/deployments/{deployment['id']}"
    ok("POST", f"{at}/statuses", {"state": "success", "environment_url": "https://x.example"})
    for path in (at, f"{at}/statuses", f"{REPO}/deployments"):
        ok("GET", path)
    ok("DELETE", at)
    ok("POST", f"{REPO}/statuses/{SHA}", {"state": "success", "context": "ci", "description": "good"})
    for path in ("status", "statuses", "check-runs"):
        ok("GET", f"{REPO}/commits/main/{path}")
    check = ok("POST", f"{REPO}/check-runs", {"name": "lint", "head_sha": SHA, "status": "in_progress"})
    at = f"{REPO}/check-runs/{check['id']}"
    ok("PATCH", at, {"conclusion": "success", "output": {"title": "t", "summary": "s"}})
    ok("GET", at)


def ask_issues(ok: Asking) -> None:
    ok("POST", f"{REPO}/labels", {"name": "bug", "color": "ff0000"})
    ok("PATCH", f"{REPO}/labels/bug", {"new_name": "defect"})
    milestone = ok("POST", f"{REPO}/milestones", {"title": "One"})
    ok("PATCH", f"{REPO}/milestones/{milestone['number']}", {"state": "closed"})
    issue = ok("POST", f"{REPO}/issues", {"title": "Broken", "labels": ["defect"], "milestone": milestone["number"]})
    at = f"{REPO}/issues/{issue['number']}"
    ok("PATCH", at, {"state": "closed", "state_reason": "completed", "labels": ["defect", "other"]})
    comment = ok("POST", f"{at}/comments", {"body": "It is."})
    ok("PATCH", f"{REPO}/issues/comments/{comment['id']}", {"body": "It was."})
    ok("POST", f"{at}/labels", {"labels": ["x"]})
    ok("DELETE", f"{at}/labels/x")
    ok("GET", f"{REPO}/issues", state="all")
    ok("POST", f"{REPO}/issues/9/comments", {"body": "Seen."})
    assert [one["id"] for one in ok.hub.ask("GET", f"{REPO}/issues/9/comments")[1]] == [90, 92]
    assert "pull_request" not in ok("GET", f"{REPO}/issues/9")
    for path in ("/issues/9", "/issues/comments/90"):
        assert ok("POST", f"{REPO}{path}/reactions", {"content": "eyes"})["content"] == "eyes"
    assert ok.hub.ask("POST", f"{REPO}/issues/9/reactions", {"content": "-1"})[0] == 201
    for method, left in (("POST", ["ada", "ben"]), ("DELETE", ["ben"])):
        named = ["ada", "ben"] if method == "POST" else ["ada"]
        found = ok(method, f"{REPO}/issues/9/assignees", {"assignees": named})
        assert [one["login"] for one in found["assignees"]] == left
    assert ok("GET", f"{REPO}/issues/7")["pull_request"]
    for path in ("/labels", "/labels/defect", "/milestones", f"/milestones/{milestone['number']}"):
        ok("GET", REPO + path)
    for path in (at, f"{at}/comments", f"{at}/labels", f"{REPO}/issues/comments/{comment['id']}"):
        ok("GET", path)
    ok("DELETE", f"{REPO}/issues/comments/{comment['id']}")
    ok("DELETE", f"{REPO}/labels/defect")
    ok("DELETE", f"{REPO}/milestones/{milestone['number']}")


def ask_pulls(ok: Asking) -> None:
    ok("POST", f"{REPO}/git/refs", {"ref": "refs/heads/update", "sha": "b" * 40})
    asked = {"title": "Update", "body": "It.", "head": "octo:update", "base": "main", "draft": True}
    made = ok("POST", f"{REPO}/pulls", asked)
    at = f"{REPO}/pulls/{made['number']}"
    assert (made["head"]["sha"], made["base"]["ref"], made["draft"]) == ("b" * 40, "main", True)
    assert [one["number"] for one in ok.hub.ask("GET", f"{REPO}/pulls", head="octo:update")[1]] == [made["number"]]
    ok("POST", f"{at}/requested_reviewers", {"reviewers": ["ada"]})
    changed = ok("PATCH", at, {"title": "Better", "state": "closed", "base": "main"})
    assert (changed["title"], changed["state"], changed["requested_reviewers"][0]["login"]) == (
        "Better",
        "closed",
        "ada",
    )
    ok("GET", at)
    ok("GET", f"{REPO}/pulls/7")
    ok("GET", f"{REPO}/pulls", state="all")


def test_a_pull_request_that_github_refuses_is_refused(hub: Served) -> None:
    def refused(**changes: str) -> object:
        asked = {"title": "Update", "head": "update", "base": "main", **changes}
        status, body = hub.ask("POST", f"{REPO}/pulls", asked)
        assert status == 422
        return body["errors"][0].get("message") or body["errors"][0]["field"]

    hub.ask("POST", f"{REPO}/git/refs", {"ref": "refs/heads/update", "sha": "b" * 40})
    assert refused(head="nowhere") == "head"
    assert refused(base="nowhere") == "base"
    assert refused(title="") == "title"
    assert refused(head="main") == "No commits between main and main"
    hub.ask("POST", f"{REPO}/pulls", {"title": "Update", "head": "update", "base": "main"})
    assert refused() == "A pull request already exists for octo:update."
    assert [one.kind for one in hub.effects] == ["ref", "pull-request"]
    assert not hub.problems, "\n".join(hub.problems)


def ask_security(ok: Asking) -> None:
    sarif = base64.b64encode(gzip.compress(b'{"version": "2.1.0", "runs": []}')).decode()
    told = ok("POST", f"{REPO}/code-scanning/sarifs", {"commit_sha": SHA, "ref": "refs/heads/main", "sarif": sarif})
    ok("GET", f"{REPO}/code-scanning/sarifs/{told['id']}")
    snapshot = {"version": 0, "sha": SHA, "ref": "refs/heads/main", "scanned": "2026-01-01T00:00:00Z"}
    snapshot |= {
        "job": {"id": "1", "correlator": "c"},
        "detector": {"name": "n", "version": "1", "url": "https://x.example"},
    }
    ok("POST", f"{REPO}/dependency-graph/snapshots", snapshot)
    package = {"package": {"ecosystem": "pip", "name": "app"}, "vulnerable_version_range": "< 2"}
    bad = ok(
        "POST",
        f"{REPO}/security-advisories",
        {"summary": "s", "description": "d", "severity": "high", "vulnerabilities": [package]},
    )
    ok("GET", f"{REPO}/security-advisories")
    ok("GET", f"{REPO}/security-advisories/{bad['ghsa_id']}")
    ok("PATCH", f"{REPO}/security-advisories/{bad['ghsa_id']}", {"state": "published"})


def ask_workflows_and_packages(ok: Asking) -> None:
    for path in ("workflows", "workflows/ci.yml", "runs", "workflows/ci.yml/runs"):
        ok("GET", f"{REPO}/actions/{path}")
    for path in ("", "/attempts/1", "/attempts/1/jobs", "/artifacts"):
        assert ok("GET", f"{REPO}/actions/runs/{RUN}{path}")
    for job in ok("GET", f"{REPO}/actions/runs/{RUN}/jobs")["jobs"]:
        ok("GET", f"{REPO}/actions/jobs/{job['id']}")
    ok("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", {"ref": "main", "inputs": {"x": "1"}})
    ok("POST", f"{REPO}/dispatches", {"event_type": "go", "client_payload": {"a": 1}})
    for kind in ("orgs", "users"):
        row = add_version(ok.hub.desk.repository("octo"), "team/app", "sha256:1", ["latest"])
        at = f"/{kind}/octo/packages/container/team%2Fapp/versions"
        for path in (at, f"{at}/{row['id']}"):
            ok("GET", path)
        ok("DELETE", f"{at}/{row['id']}")


def ask_pages(ok: Asking) -> None:
    asked = {"pages_build_version": SHA, "oidc_token": "made-up", "artifact_id": 1}
    told = ok("POST", f"{REPO}/pages/deployments", asked)
    ok("GET", f"{REPO}/pages")
    assert ok("GET", f"{REPO}/pages/deployments/{told['id']}")["status"] == "succeed"


PARTS = (
    ask_repository,
    ask_releases,
    ask_deployments_and_checks,
    ask_issues,
    ask_pulls,
    ask_contents,
    *GIT_PARTS,
    ask_security,
    ask_workflows_and_packages,
    ask_pages,
)


def test_every_route_takes_and_gives_what_github_describes(hub: Served) -> None:
    for part in PARTS:
        part(Asking(hub))
    assert not hub.problems, "\n".join(hub.problems)
    assert {(route.method, route.path) for route, _ in _routes()} == hub.used, "each route is asked above"


def test_the_check_finds_what_is_wrong() -> None:
    found = description().check(
        "POST", ("/repos/octo/app/releases", {"tag": "1"}), {"tag_name": 3}, (201, {"id": "no number"})
    )
    text = "\n".join(found)
    assert "the query 'tag' is not described" in text
    assert "3 is not of type 'string'" in text
    assert "'upload_url' is a required property" in text
    assert description().check("GET", ("/repos/octo/app/labels", {}), None, (418, None)) != []
    nowhere = "/repos/octo/app/nothing/at/all"
    assert description().check("POST", (nowhere, {}), None, (200, None)) == [f"GitHub has no POST {nowhere}"]


def test_what_is_not_known_here_is_told_once(hub: Served) -> None:
    assert [hub.ask("GET", f"{REPO}/languages")[0] for _ in range(2)] == [404, 404]
    assert hub.warnings == [
        f"GET {REPO}/languages has no stand-in in a rehearsal: it was answered 404, whatever GitHub has there"
    ]
