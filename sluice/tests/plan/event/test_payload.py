import pytest

from sluice.expressions.values import Dictionary, to_python
from sluice.plan.event.facts import (
    EventFacts,
    IssueFacts,
    PullRequestFacts,
    ReleaseFacts,
    RunFacts,
    WorkflowRunFacts,
    default_activity,
    occurrence_of,
    short_name,
)
from sluice.plan.event.github_context import build_github_context
from sluice.plan.event.payload import build_payload, merge_payload
from sluice.plan.event.triggers import Occurrence

RUN = RunFacts(run_id=17, run_number=3, workflow_name="CI", workflow_path=".github/workflows/ci.yml")
PULL = PullRequestFacts(
    number=7,
    title="Faster",
    labels=("perf",),
    head_branch="fast",
    head_sha="h" * 40,
    base_branch="main",
    base_sha="b" * 40,
)


def facts(event: str, **more: object) -> EventFacts:
    given: dict[str, object] = {
        "repository": "octo/app",
        "ref": "refs/heads/main",
        "sha": "a" * 40,
        "actor": "mona",
        **more,
    }
    return EventFacts(event=event, **given)  # type: ignore[arg-type] # the test's keyword arguments


def at(data: object, path: str) -> object:
    for step in path.split("."):
        if isinstance(data, list):
            data = data[int(step)]
        else:
            assert isinstance(data, dict)
            data = data[step]
    return data


def test_a_push_has_its_commits() -> None:
    pushed = build_payload(
        facts("push", base_sha="b" * 40, message="Fix it", changed_files=("a.py",), author_email="m@x.org")
    )
    assert at(pushed, "ref") == "refs/heads/main"
    assert (at(pushed, "before"), at(pushed, "after"), at(pushed, "created")) == ("b" * 40, "a" * 40, False)
    assert at(pushed, "head_commit.message") == "Fix it"
    assert at(pushed, "commits.0.modified") == ["a.py"]
    assert at(pushed, "repository.full_name") == "octo/app"
    assert at(pushed, "repository.owner.login") == "octo"
    assert at(pushed, "sender.login") == "mona"


def test_the_files_of_a_commit_are_added_removed_or_modified() -> None:
    pushed = build_payload(
        facts("push", changed_files=("a", "b", "new", "old"), added_files=("new",), removed_files=("old", "older"))
    )
    assert at(pushed, "head_commit.added") == ["new"]
    assert at(pushed, "head_commit.removed") == ["old", "older"]
    assert at(pushed, "head_commit.modified") == ["a", "b"]


def test_a_first_push_comes_after_the_zero_commit() -> None:
    pushed = build_payload(facts("push", ref="refs/tags/v1"))
    assert (at(pushed, "before"), at(pushed, "created")) == ("0" * 40, True)


def test_a_pull_request_has_head_base_and_labels() -> None:
    payload = build_payload(facts("pull_request", activity="synchronize", ref="refs/pull/7/merge", pull_request=PULL))
    assert (at(payload, "action"), at(payload, "number")) == ("synchronize", 7)
    assert at(payload, "pull_request.head.ref") == "fast"
    assert at(payload, "pull_request.head.repo.full_name") == "octo/app"
    assert at(payload, "pull_request.base.sha") == "b" * 40
    assert at(payload, "pull_request.labels.0.name") == "perf"
    assert at(payload, "pull_request.user.login") == "mona"
    assert at(payload, "after") == "h" * 40


def test_what_was_labeled_says_with_what() -> None:
    labeled = build_payload(facts("pull_request", activity="labeled", pull_request=PULL))
    assert at(labeled, "label.name") == "perf"
    issue = build_payload(facts("issues", activity="unlabeled", issue=IssueFacts(number=3, labels=("bug", "old"))))
    assert (at(issue, "label.name"), at(issue, "issue.labels.0.name")) == ("old", "bug")
    assert "label" not in build_payload(facts("issues", activity="opened", issue=IssueFacts(labels=("bug",))))


def test_a_comment_and_a_review_are_below_what_they_speak_of() -> None:
    comment = build_payload(facts("issue_comment", activity="created", issue=IssueFacts(number=3)))
    assert (at(comment, "issue.number"), at(comment, "issue.state"), at(comment, "comment.body")) == (3, "open", "")
    assert at(comment, "comment.user.login") == "mona"
    assert str(at(comment, "comment.html_url")).startswith("https://github.com/octo/app/issues/3#issuecomment-")
    review = build_payload(facts("pull_request_review", activity="submitted", pull_request=PULL))
    assert (at(review, "pull_request.number"), at(review, "review.state")) == (7, "approved")
    assert "review" not in build_payload(facts("pull_request_review_comment", pull_request=PULL))
    context = build_github_context(facts("pull_request_review", pull_request=PULL), RUN)
    assert (context["head_ref"], context["base_ref"]) == ("", "")


def test_a_release_has_its_tag() -> None:
    release = ReleaseFacts(tag="v1.2", prerelease=True)
    payload = build_payload(facts("release", activity="published", ref="refs/tags/v1.2", release=release))
    assert (at(payload, "release.tag_name"), at(payload, "release.prerelease")) == ("v1.2", True)
    assert at(build_payload(facts("release", ref="refs/tags/v2")), "release.tag_name") == "v2"


def test_a_workflow_run_names_the_run_before() -> None:
    before = WorkflowRunFacts(workflow="Build", conclusion="failure", head_branch="dev", run_id=5)
    payload = build_payload(facts("workflow_run", activity="completed", workflow_run=before))
    assert at(payload, "workflow_run.conclusion") == "failure"
    assert at(payload, "workflow_run.head_branch") == "dev"
    assert at(payload, "workflow.name") == "Build"
    assert at(payload, "workflow_run.id") == 5
    requested = build_payload(facts("workflow_run", activity="requested", workflow_run=before))
    assert at(requested, "workflow_run.conclusion") is None


def test_dispatches_and_schedules_carry_what_was_given() -> None:
    inputs = Dictionary({"dry": True, "count": 3.0})
    dispatched = build_payload(facts("workflow_dispatch", inputs=inputs))
    assert at(dispatched, "inputs") == {"dry": "true", "count": "3"}
    custom = build_payload(facts("repository_dispatch", activity="deploy", dispatched={"env": "eu"}))
    assert (at(custom, "action"), at(custom, "client_payload")) == ("deploy", {"env": "eu"})
    assert at(build_payload(facts("schedule", cron="0 0 * * *")), "schedule") == "0 0 * * *"


def test_an_event_without_a_shape_of_its_own_still_has_repository_and_sender() -> None:
    payload = build_payload(facts("watch", activity="started"))
    assert set(payload) == {"action", "repository", "sender"}


def test_a_users_payload_wins_field_by_field() -> None:
    given = {"pull_request": {"title": "Mine", "labels": []}, "extra": 1}
    payload = build_payload(facts("pull_request", activity="opened", pull_request=PULL), given)
    assert at(payload, "pull_request.title") == "Mine"
    assert at(payload, "pull_request.labels") == []
    assert at(payload, "pull_request.number") == 7
    assert at(payload, "extra") == 1
    assert merge_payload({"a": {"b": 1}}, {"a": None}) == {"a": None}


def test_the_github_context_of_a_push() -> None:
    context = to_python(build_github_context(facts("push"), RUN))
    assert isinstance(context, dict)
    payload = context.pop("event")
    assert at(payload, "after") == "a" * 40
    ids = {name: context.pop(name) for name in ("repository_id", "repository_owner_id", "actor_id")}
    assert all(isinstance(value, str) and value.isdigit() for value in ids.values())
    assert context == {
        "event_name": "push",
        "ref": "refs/heads/main",
        "ref_name": "main",
        "ref_type": "branch",
        "ref_protected": False,
        "sha": "a" * 40,
        "head_ref": "",
        "base_ref": "",
        "repository": "octo/app",
        "repository_owner": "octo",
        "repository_visibility": "public",
        "repositoryUrl": "git://github.com/octo/app.git",
        "actor": "mona",
        "triggering_actor": "mona",
        "server_url": "https://github.com",
        "api_url": "https://api.github.com",
        "graphql_url": "https://api.github.com/graphql",
        "run_id": "17",
        "run_number": "3",
        "run_attempt": "1",
        "workflow": "CI",
        "workflow_ref": "octo/app/.github/workflows/ci.yml@refs/heads/main",
        "workflow_sha": "a" * 40,
        "retention_days": "90",
        "artifact_cache_size_limit": "10",
        "secret_source": "Actions",
        "job": "",
    }


def test_the_github_context_of_a_pull_request_from_a_fork() -> None:
    fork = PullRequestFacts(
        head_branch="fast", head_sha="h", base_branch="main", base_sha="b", head_repository="stranger/app"
    )
    context = build_github_context(
        facts("pull_request", activity="opened", ref="refs/pull/1/merge", pull_request=fork), RUN
    )
    assert (context["head_ref"], context["base_ref"], context["ref_name"]) == ("fast", "main", "1/merge")
    assert context["secret_source"] == "None"


def test_another_server_has_its_own_addresses() -> None:
    context = build_github_context(facts("push", server_url="https://git.example.org", private=True), RUN)
    assert context["api_url"] == "https://git.example.org/api/v3"
    assert context["graphql_url"] == "https://git.example.org/api/graphql"
    assert context["repository_visibility"] == "private"


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("refs/heads/a/b", "a/b"),
        ("refs/tags/v1", "v1"),
        ("refs/pull/7/merge", "7/merge"),
        ("refs/notes/x", "refs/notes/x"),
    ],
)
def test_a_ref_has_a_short_name(ref: str, name: str) -> None:
    assert short_name(ref) == name


def test_facts_become_what_the_filters_look_at() -> None:
    pulled = facts("pull_request", activity="opened", ref="refs/pull/7/merge", pull_request=PULL, changed_files=("a",))
    assert occurrence_of(pulled) == Occurrence(
        event="pull_request", activity="opened", ref="refs/pull/7/merge", branch="main", changed_files=("a",)
    )
    ran = facts("workflow_run", workflow_run=WorkflowRunFacts(workflow="Build", head_branch="dev"))
    assert (occurrence_of(ran).branch, occurrence_of(ran).workflow) == ("dev", "Build")
    assert default_activity("pull_request") == "synchronize"
    assert default_activity("push") is None
