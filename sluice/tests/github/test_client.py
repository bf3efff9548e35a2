"""The client against the stand-in: what it does, and that GitHub's description knows every request and answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from github_hub import SHA, Served, serve_hub
from github_packages import add_version

from sluice.github.comments import keep_comment
from sluice.github.commits import (
    Annotation,
    Check,
    CommitStatus,
    tell_check,
    tell_commit,
)
from sluice.github.connection import Hub, Place, RefusedByGitHubError, connect, find_place
from sluice.github.issues import close_milestone, keep_label, keep_milestone, report_cause, settle_cause
from sluice.github.packages import Version, superfluous, superfluous_versions
from sluice.github.releases import ReleaseRequest, change_release, create_release, find_release, upload_asset
from sluice.github.security import (
    Advisory,
    Dependency,
    Scan,
    draft_advisory,
    submit_dependencies,
    upload_sarif,
)
from sluice.source.errors import UnavailableError, UsageError

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve_hub(tmp_path) as found:
        yield found
        assert not found.problems, "\n".join(found.problems)


@pytest.fixture
def hub(served: Served) -> Hub:
    patient = 120  # the description's check of an exchange is part of an answer, and many tests run at once
    return connect(Place(repository="octo/app", token="made-up", api=served.api), seconds=patient)


def told(served: Served) -> list[str]:
    return [f"{one.kind} {one.target.removeprefix('octo/app ')}" for one in served.effects]


def test_a_tag_has_one_release_with_files_of_its_own(hub: Hub, served: Served, tmp_path: Path) -> None:
    wanted = ReleaseRequest(tag="v1.2.3", name="One", body="Good.")
    first = create_release(hub, wanted)
    again = change_release(hub, first["id"], ReleaseRequest(tag="v1.2.3", body="Better.", prerelease=True))
    assert (first["id"], again["name"], again["body"], again["prerelease"]) == (again["id"], "One", "Better.", True)
    with pytest.raises(RefusedByGitHubError, match=r"422 Validation Failed: tag_name already_exists"):
        create_release(hub, wanted)
    file = tmp_path / "a.whl"
    for content in ("one", "one", "two"):
        file.write_text(content, encoding="utf-8")
        upload_asset(hub, first["id"], file)
    file.write_text("three", encoding="utf-8")
    with pytest.raises(RefusedByGitHubError, match="other bytes"):
        upload_asset(hub, first["id"], file, overwrite=False)
    release = "release v1.2.3"
    asset = "asset v1.2.3 a.whl"
    assert told(served) == [release, "release-edit v1.2.3", asset, "asset-deletion a.whl", asset]


def test_a_post_that_is_not_answered_in_time_is_not_sent_again(hub: Hub, served: Served) -> None:
    hasty = connect(Place(repository="octo/app", token="made-up", api=served.api), seconds=1)
    served.delay = 1.5
    with pytest.raises(UnavailableError, match=r"did not answer POST .*releases in time$"):
        create_release(hasty, ReleaseRequest(tag="v1"))
    served.delay = 0.0
    assert find_release(hub, "v1") is not None
    assert served.requests.count("POST /repos/octo/app/releases") == 1


def test_a_draft_is_found_by_its_tag_and_published(hub: Hub) -> None:
    create_release(hub, ReleaseRequest(tag="v2", draft=True))
    found = find_release(hub, "v2")
    assert found is not None
    assert found["draft"]
    assert not change_release(hub, found["id"], ReleaseRequest(tag="v2"))["draft"]
    assert find_release(hub, "v3") is None


def test_a_comment_is_edited_in_place_behind_many_others(hub: Hub, served: Served) -> None:
    for number in range(130):
        served.ask("POST", "/repos/octo/app/issues/7/comments", {"body": f"comment {number}"})
    served.effects.clear()
    assert [keep_comment(hub, 7, text, lambda body: "mark" in body) for text in ("mark 1", "mark 1", "mark 2")] == [
        "made",
        "unchanged",
        "edited",
    ]
    assert told(served) == ["comment #7", "comment-edit #7"]


def test_one_issue_for_a_cause_until_it_is_gone(hub: Hub, served: Served) -> None:
    number = report_cause(hub, "nightly: tests", "Nightly failed", "Tests failed.", ["nightly"])
    assert report_cause(hub, "nightly: tests", "Nightly failed", "Again.") == number
    assert report_cause(hub, "nightly: audit", "Audit failed", "Audit.") != number
    assert settle_cause(hub, "nightly: tests", "It passes.") == number
    assert settle_cause(hub, "nightly: tests", "It passes.") is None
    assert report_cause(hub, "nightly: tests", "Nightly failed", "And again.") > number
    kinds = [one.kind for one in served.effects]
    assert kinds == ["issue", "comment", "issue", "comment", "issue-edit", "issue"]


def test_deployments_statuses_and_checks(hub: Hub, served: Served) -> None:
    made = hub.repository.create_deployment("main", environment="staging", required_contexts=[], auto_merge=False)
    made.create_status("success", environment_url="https://staging.example")
    tell_commit(hub, SHA, CommitStatus(state="failure", context="sluice/gates", description="x" * 500))
    annotations = [Annotation(path="a.py", line=line, level="warning", message="long") for line in range(1, 121)]
    tell_check(hub, SHA, Check(name="lint", conclusion="neutral", summary="120 of them", annotations=annotations))
    assert told(served) == [
        "deployment staging",
        "deployment-status staging success",
        "status sluice/gates",
        "check lint",
        "check-edit lint",
        "check-edit lint",
    ]


def test_security(hub: Hub, served: Served) -> None:
    upload = upload_sarif(hub, b'{"version": "2.1.0", "runs": []}', sha=SHA, ref="refs/heads/main")
    assert hub.call("GET", f"/repos/octo/app/code-scanning/sarifs/{upload}")["processing_status"] == "complete"
    found = {"requirements.lock": [Dependency(name="anyio", purl="pkg:pypi/anyio@4.6.0")]}
    scan = Scan(sha=SHA, ref="refs/heads/main", job="1", version="1.0")
    assert submit_dependencies(hub, found, scan) == 1
    advisory = Advisory(package="app", affected="< 2", summary="s", description="d", severity="high")
    assert draft_advisory(hub, advisory).startswith("GHSA-")
    assert [one.kind for one in served.effects] == ["sarif", "dependencies", "advisory"]


def test_labels_and_milestones(hub: Hub, served: Served) -> None:
    for color in ("00ff00", "00ff00", "ff0000"):
        keep_label(hub, "ready to go", color)
    with pytest.raises(UsageError):
        keep_label(hub, " ", "00ff00")
    assert keep_milestone(hub, "1.0") == keep_milestone(hub, "1.0") == 1
    assert close_milestone(hub, "1.0")
    assert not close_milestone(hub, "1.0")
    assert [one.kind for one in served.effects] == ["label", "label-edit", "milestone", "milestone-edit"]


def test_untagged_versions_are_superfluous_but_for_the_newest(hub: Hub, served: Served) -> None:
    owner = served.desk.repository("octo")
    rows = [add_version(owner, "app", f"sha256:{number}", ["latest"] if number == 0 else []) for number in range(5)]
    place, found = superfluous_versions(hub, "app", keep=2)
    assert sorted(one.id for one in found) == [rows[1]["id"], rows[2]["id"]]
    for version in found:
        hub.call("DELETE", f"{place}/{version.id}")
    assert [one.kind for one in served.effects] == ["package-deletion"] * 2
    assert superfluous_versions(hub, "app", keep=2)[1] == []
    assert superfluous([Version(id=1, created="a"), Version(id=2, created="b", tags=("x",))], keep=0) == [
        Version(id=1, created="a")
    ]


def test_workflows_are_started(hub: Hub, served: Served) -> None:
    start = "/repos/octo/app/actions/workflows/ci.yml/dispatches"
    hub.call("POST", start, {"ref": "main", "inputs": {"enable_benchmark": "true"}})
    hub.call("POST", "/repos/octo/app/dispatches", {"event_type": "go", "client_payload": {"a": 1}})
    assert told(served) == ["workflow-start ci.yml on main", "repository-dispatch go"]
    with pytest.raises(RefusedByGitHubError, match="422 No ref found for: gone"):
        hub.call("POST", start, {"ref": "gone"})


LIMITED = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "RESET", "Retry-After": "0"}


def test_it_waits_for_the_limits_and_tries_again(hub: Hub, served: Served) -> None:
    soon = str(int(time.time()))
    served.failures = [(502, {}), (403, LIMITED | {"X-RateLimit-Reset": soon}), (503, {})]
    hub.call("GET", "/repos/octo/app")
    assert served.failures == []
    assert served.requests == ["GET /repos/octo/app"]


def test_it_gives_up_in_the_end(served: Served) -> None:
    served.failures = [(502, {})] * 9
    with pytest.raises(UnavailableError, match=r"GitHub (refused|can't be asked for) GET /rate_limit"):
        connect(Place(repository="octo/app", token="secret-token", api=served.api), retries=3).call(
            "GET", "/rate_limit"
        )
    assert len(served.failures) == 5


def test_a_refusal_says_what_to_do_and_shows_no_token(hub: Hub) -> None:
    with pytest.raises(RefusedByGitHubError, match="404 Not Found") as found:
        hub.call("GET", "/repos/octo/app/releases/99")
    assert "may not see it" in str(found.value.hint)
    assert "made-up" not in repr(hub.place)


def test_a_place_needs_a_repository_and_a_token() -> None:
    assert find_place({"GITHUB_REPOSITORY": "a/b"}) is None
    place = find_place({"GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://x"})
    assert place == Place(repository="a/b", token="t", api="http://x")
