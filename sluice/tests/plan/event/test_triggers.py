from collections.abc import Callable

import pytest

from sluice.plan.event.patterns import PatternError
from sluice.plan.event.triggers import Answer, Occurrence, answer, find_trigger_problems
from sluice.workflow.model import Workflow

Reader = Callable[[str], Workflow]
JOBS = """
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: "true"
"""


@pytest.fixture
def ask(read_workflow: Reader) -> Callable[..., Answer]:
    return lambda on, **facts: answer(read_workflow(on + JOBS), Occurrence(**facts))


Ask = Callable[..., Answer]


def test_an_event_that_is_not_listed_does_not_start_it(ask: Ask) -> None:
    found = ask("on: [push, workflow_dispatch]", event="release")
    assert found == Answer(starts=False, reason="'release' is not among its events (push, workflow_dispatch)")
    assert ask("on: push", event="push", ref="refs/heads/main") == Answer(
        starts=True, reason="started by push on refs/heads/main"
    )


def test_rule_18_branches_alone_excludes_tag_pushes(ask: Ask) -> None:
    on = "on:\n  push:\n    branches: [main, 'releases/**']"
    assert ask(on, event="push", ref="refs/heads/main").starts
    assert ask(on, event="push", ref="refs/heads/releases/1/x").starts
    assert ask(on, event="push", ref="refs/heads/develop").reason == (
        "branch 'develop' does not pass branches: 'main', 'releases/**'"
    )
    assert ask(on, event="push", ref="refs/tags/main").reason == "a tag was pushed and the trigger names only branches"


def test_rule_18_tags_alone_excludes_branch_pushes(ask: Ask) -> None:
    on = "on:\n  push:\n    tags: ['v*', '!v*-rc*']"
    assert ask(on, event="push", ref="refs/tags/v1.2").starts
    assert (
        ask(on, event="push", ref="refs/tags/v1.2-rc1").reason == "tag 'v1.2-rc1' does not pass tags: 'v*', '!v*-rc*'"
    )
    assert ask(on, event="push", ref="refs/heads/v1").reason == "a branch was pushed and the trigger names only tags"


def test_rule_18_branches_and_tags_together_let_each_kind_through_its_own_filter(ask: Ask) -> None:
    on = "on:\n  push:\n    branches: [main]\n    tags: ['v*']"
    assert ask(on, event="push", ref="refs/heads/main").starts
    assert ask(on, event="push", ref="refs/tags/v1").starts
    assert not ask(on, event="push", ref="refs/tags/main").starts


def test_rule_18_branches_ignore_leaves_out_what_it_matches(ask: Ask) -> None:
    on = "on:\n  push:\n    branches-ignore: ['mona/octocat', 'releases/**-alpha']"
    assert ask(on, event="push", ref="refs/heads/main").starts
    assert ask(on, event="push", ref="refs/heads/mona/octocat").reason == (
        "branch 'mona/octocat' is left out by branches-ignore: 'mona/octocat', 'releases/**-alpha'"
    )
    assert not ask(on, event="push", ref="refs/tags/v1").starts


def test_rule_18_tags_ignore_leaves_out_what_it_matches(ask: Ask) -> None:
    on = "on:\n  push:\n    tags-ignore: ['v2']"
    assert ask(on, event="push", ref="refs/tags/v1").starts
    assert not ask(on, event="push", ref="refs/tags/v2").starts
    assert not ask(on, event="push", ref="refs/heads/main").starts


def test_rule_18_paths_is_not_evaluated_for_tags(ask: Ask) -> None:
    on = "on:\n  push:\n    paths: ['src/**']"
    assert ask(on, event="push", ref="refs/heads/main", changed_files=("src/a.py", "b.md")).starts
    assert ask(on, event="push", ref="refs/heads/main", changed_files=("b.md",)).reason == (
        "no changed file passes paths: 'src/**'"
    )
    assert ask(on, event="push", ref="refs/tags/v1", changed_files=("b.md",)).starts
    assert ask(on, event="push", ref="refs/heads/main", changed_files=None).starts


def test_rule_18_paths_ignore_needs_one_file_that_is_not_ignored(ask: Ask) -> None:
    on = "on:\n  pull_request:\n    paths-ignore: ['docs/**', '**.md']"
    facts = {"event": "pull_request", "activity": "opened", "branch": "main"}
    assert ask(on, **facts, changed_files=("docs/a.txt", "setup.py")).starts
    assert ask(on, **facts, changed_files=("docs/a.txt", "x/y.md")).reason == (
        "every changed file is left out by paths-ignore: 'docs/**', '**.md'"
    )


def test_rule_18_only_the_first_300_changed_files_count(ask: Ask) -> None:
    on = "on:\n  push:\n    paths: ['wanted']"
    many = tuple(f"file{number}" for number in range(299))
    assert ask(on, event="push", ref="refs/heads/main", changed_files=(*many, "wanted")).starts
    found = ask(on, event="push", ref="refs/heads/main", changed_files=(*many, "other", "wanted"))
    assert found.reason == "no changed file passes paths: 'wanted' (only the first 300 count)"


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_a_pull_request_starts_on_three_activities_by_default(ask: Ask, event: str) -> None:
    started = [
        activity
        for activity in ("opened", "synchronize", "reopened", "labeled", "closed", "edited")
        if ask(f"on: {event}", event=event, activity=activity, branch="main").starts
    ]
    assert started == ["opened", "synchronize", "reopened"]
    assert ask(f"on: {event}", event=event, activity="labeled", branch="main").reason == (
        "activity type 'labeled' is not among 'opened', 'synchronize', 'reopened', the default for this event"
    )
    on = f"on:\n  {event}:\n    types: [labeled]"
    assert ask(on, event=event, activity="labeled", branch="main").starts
    assert (
        ask(on, event=event, activity="opened", branch="main").reason == "activity type 'opened' is not among 'labeled'"
    )


def test_other_events_start_on_every_activity_by_default(ask: Ask) -> None:
    assert ask("on: release", event="release", activity="edited").starts
    assert not ask("on:\n  release:\n    types: [published]", event="release", activity="edited").starts


def test_a_pull_request_filter_looks_at_the_base_branch(ask: Ask) -> None:
    on = "on:\n  pull_request:\n    branches: [main]"
    facts = {"event": "pull_request", "activity": "opened", "ref": "refs/pull/7/merge"}
    assert ask(on, **facts, branch="main").starts
    assert ask(on, **facts, branch="develop").reason == "branch 'develop' does not pass branches: 'main'"


def test_a_workflow_run_wants_its_workflow_type_and_head_branch(ask: Ask) -> None:
    on = "on:\n  workflow_run:\n    workflows: [Build]\n    types: [completed]\n    branches: [main]"
    facts = {"event": "workflow_run", "activity": "completed", "branch": "main", "workflow": "Build"}
    assert ask(on, **facts).starts
    assert ask(on, **{**facts, "workflow": "Test"}).reason == "workflow 'Test' is not among 'Build'"
    assert not ask(on, **{**facts, "activity": "requested"}).starts
    assert not ask(on, **{**facts, "branch": "develop"}).starts


def test_a_repository_dispatch_is_filtered_by_its_own_type(ask: Ask) -> None:
    on = "on:\n  repository_dispatch:\n    types: [deploy]"
    assert ask(on, event="repository_dispatch", activity="deploy").starts
    assert not ask(on, event="repository_dispatch", activity="test").starts
    assert ask("on: repository_dispatch", event="repository_dispatch", activity="anything").starts


def test_a_schedule_starts_on_its_own_lines(ask: Ask) -> None:
    on = "on:\n  schedule:\n    - cron: '30 5 * * 1'"
    assert ask(on, event="schedule", cron="30 5 * * 1").starts
    assert ask(on, event="schedule", cron="0 0 * * *").reason == "cron '0 0 * * *' is not among '30 5 * * 1'"


@pytest.mark.parametrize(
    "message",
    ["fix [skip ci]", "[ci skip] x", "[no ci]", "a [skip actions]", "[actions skip]", "x\n\nskip-checks: true"],
)
def test_a_commit_message_can_keep_pushes_and_pull_requests_from_starting(ask: Ask, message: str) -> None:
    assert not ask("on: push", event="push", ref="refs/heads/main", message=message).starts
    assert ask("on: workflow_dispatch", event="workflow_dispatch", message=message).starts


def test_bad_patterns_are_diagnostics_at_the_trigger(read_workflow: Reader) -> None:
    workflow = read_workflow(
        "on:\n  push:\n    branches: ['v[1', main]\n    paths-ignore: ['!x']\n    tags: ['!y']" + JOBS
    )
    found = find_trigger_problems(workflow)
    assert [(str(one.span), one.message) for one in found] == [
        (
            "ci.yml:2:3",
            "Invalid pattern 'v[1' in 'branches' of 'push': '[' has no ']' after it at character 2 of 'v[1'",
        ),
        (
            "ci.yml:2:3",
            (
                "Invalid pattern '!y' in 'tags' of 'push': only patterns with '!': nothing can match; "
                "begin with a pattern that has no '!'"
            ),
        ),
    ]
    with pytest.raises(PatternError):
        answer(workflow, Occurrence(event="push", ref="refs/heads/main"))
