"""What is told of an event that a person names, from the repository, the workflow and a payload of the person's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from sluice.app.running.occasion import choose_event, make_occasion, read_payload
from sluice.app.running.options import RunOptions
from sluice.plan.event.facts import EventFacts, occurrence_of
from sluice.plan.event.payload import build_payload
from sluice.plan.event.triggers import answer
from sluice.repository.taking import take_snapshot
from sluice.source.errors import UsageError
from sluice.workflow.parser import parse_workflow

pytestmark = pytest.mark.needs_git
WORKFLOW = """on:
  push:
  pull_request: {paths: [early/*]}
  issues: {types: [labeled, closed]}
  release:
  schedule: [{cron: '5 4 * * 1'}, {cron: '6 4 * * 1'}]
  repository_dispatch: {types: [go, stop]}
  workflow_run: {workflows: [CI, Docs], branches: [fe*]}
jobs: {job: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}
"""
COMMITTED = "2024-02-03T05:06:07+01:00"
LABELED = "on: {issues: {types: [labeled]}}\n" + WORKFLOW[WORKFLOW.index("jobs:") :]


def git(repository: Path, *words: str) -> str:
    command = ("git", "-c", "user.name=Ada L", "-c", "user.email=ada@x.org", *words)
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def branches(first_commit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A branch of two commits; the main branch has gone on, too. It is there to be copied."""
    root = tmp_path_factory.mktemp("branches") / "repository"
    shutil.copytree(first_commit, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_COMMITTER_DATE", COMMITTED)
        git(root, "checkout", "-qb", "feature")
        for name, message in (("early/file", "One"), ("late", "Two")):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text("x", encoding="utf-8")
            git(root, "add", name)
            git(root, "commit", "-qm", message)
        git(root, "checkout", "-q", "main")
        git(root, "commit", "-qm", "Main", "--allow-empty")
        git(root, "checkout", "-q", "feature")
    return root


@pytest.fixture
def branched(repository: Path, branches: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with these branches, in which commits have the same time."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", COMMITTED)
    shutil.copytree(branches, repository, dirs_exist_ok=True)
    return repository


@pytest.fixture
def cloned(repository: Path) -> Path:
    """A clone with a commit behind it, whose remote has another branch, too."""
    (repository / "base").write_text("a long line that a renamed file is known by\n", encoding="utf-8")
    commit(repository, "Base")
    git(repository, "checkout", "-qb", "other")
    (repository / "theirs").write_text("", encoding="utf-8")
    commit(repository, "Theirs")
    git(repository, "checkout", "-q", "main")
    git(repository.parent, "clone", "-q", str(repository), "clone")
    clone = repository.parent / "clone"
    git(clone, "config", "remote.origin.url", "https://github.com/a/b.git")
    return clone


def commit(repository: Path, message: str) -> str:
    git(repository, "add", "--all")
    git(repository, "commit", "-qm", message)
    return git(repository, "rev-parse", "HEAD")


def commits(payload: object) -> list[dict[str, object]]:
    found = at(payload, "commits")
    assert isinstance(found, list)
    return found


def told(repository: Path, event: str | None, text: str = WORKFLOW, **options: object) -> tuple[EventFacts, object]:
    """The facts and the payload, where the workflow starts."""
    workflow, _ = parse_workflow(text, "w.yml")
    assert workflow is not None
    given = RunOptions(event=event, **options)  # type: ignore[arg-type] # the test's keyword arguments
    taken = take_snapshot(repository, Path(tempfile.mkdtemp(dir=repository.parent)) / "snapshot")
    occasion = make_occasion(choose_event(workflow, given), workflow, taken, given, read_payload(given.event_file))
    assert answer(workflow, occurrence_of(occasion.facts)).starts
    return occasion.facts, json.loads(json.dumps(build_payload(occasion.facts, occasion.payload)))


def at(data: object, path: str) -> object:
    for key in path.split("."):
        assert isinstance(data, dict)
        data = data[key]
    return data


def test_the_head_commit_has_its_author_time_and_new_files(branched: Path) -> None:
    facts, payload = told(branched, "push")
    assert at(payload, "head_commit.author.name") == facts.author_name == "Ada L"
    assert at(payload, "head_commit.author.email") == "ada@x.org"
    assert at(payload, "head_commit.timestamp") == "2024-02-03T04:06:07Z"
    assert (at(payload, "head_commit.added"), at(payload, "head_commit.modified")) == (["late"], [])


def test_a_push_has_the_commits_that_the_remote_lacks_each_with_its_files(cloned: Path) -> None:
    (cloned / "one").write_text("1", encoding="utf-8")
    first = commit(cloned, "One")
    (cloned / "one").write_text("1 and more", encoding="utf-8")
    (cloned / "base").rename(cloned / "moved")
    second = commit(cloned, "Two")
    payload = told(cloned, "push")[1]
    before = git(cloned, "rev-parse", "origin/main")
    assert [at(payload, key) for key in ("before", "created", "forced")] == [before, False, False]
    assert at(payload, "compare") == f"https://github.com/a/b/compare/{before[:12]}...{second[:12]}"
    one, two = commits(payload)
    assert [one[key] for key in ("id", "message", "distinct", "added", "modified")] == [first, "One", True, ["one"], []]
    assert [two[key] for key in ("added", "removed", "modified")] == [["moved"], ["base"], ["one"]]
    assert two["tree_id"] == git(cloned, "rev-parse", "HEAD^{tree}")
    assert at(payload, "head_commit") == two


def test_a_push_of_a_merge_tells_what_other_branches_have_already(cloned: Path) -> None:
    git(cloned, "checkout", "-q", "--detach", "origin/other")
    theirs = git(cloned, "rev-parse", "HEAD")
    git(cloned, "checkout", "-q", "main")
    git(cloned, "merge", "-q", "--no-ff", "origin/other", "-m", "Merged")
    found = commits(told(cloned, "push")[1])
    assert [(one["id"] == theirs, one["distinct"], one["added"]) for one in found] == [
        (True, False, ["theirs"]),
        (False, True, ["theirs"]),
    ]


@pytest.mark.slow
def test_a_new_branch_is_created_with_what_parted_from_the_default_branch(cloned: Path) -> None:
    git(cloned, "checkout", "-qb", "feature")
    facts, payload = told(cloned, "push")
    assert (at(payload, "created"), at(payload, "before"), commits(payload)) == (True, "0" * 40, [])
    assert at(payload, "compare") == "https://github.com/a/b/compare/feature"
    shas = []
    for name in ("one", "two"):
        (cloned / name).write_text("", encoding="utf-8")
        shas.append(commit(cloned, name))
    facts, payload = told(cloned, "push")
    assert [one["id"] for one in commits(payload)] == shas
    assert at(payload, "compare") == f"https://github.com/a/b/compare/{shas[0][:12]}^...{shas[1][:12]}"
    assert (facts.changed_files, facts.base_sha) == (("one", "two"), git(cloned, "rev-parse", "main"))


def test_what_is_pushed_already_is_the_push_of_the_last_commit(cloned: Path) -> None:
    facts, payload = told(cloned, "push")
    assert ([one["message"] for one in commits(payload)], facts.changed_files) == (["Base"], ("base",))
    assert at(payload, "before") == git(cloned, "rev-parse", "HEAD^")


def test_changes_that_are_not_committed_are_one_more_commit_with_the_words_of_the_last(cloned: Path) -> None:
    (cloned / "new").write_text("1", encoding="utf-8")
    facts, payload = told(cloned, "push")
    (only,) = commits(payload)
    assert [only[key] for key in ("id", "message", "added")] == [facts.sha, "Base", ["new"]]


def test_a_branch_that_was_written_anew_is_a_forced_push(cloned: Path) -> None:
    git(cloned, "commit", "-q", "--amend", "-m", "Better")
    payload = told(cloned, "push")[1]
    assert (at(payload, "forced"), [one["message"] for one in commits(payload)]) == (True, ["Better"])
    git(cloned, "reset", "-q", "--hard", "HEAD^")
    payload = told(cloned, "push")[1]
    assert (at(payload, "forced"), commits(payload), at(payload, "head_commit.message")) == (True, [], "First")


def test_a_tag_is_created_and_brings_no_commit(cloned: Path) -> None:
    payload = told(cloned, "push", ref="refs/tags/v1")[1]
    assert (at(payload, "created"), commits(payload), at(payload, "head_commit.message")) == (True, [], "Base")
    assert at(payload, "compare") == "https://github.com/a/b/compare/v1"


@pytest.mark.slow
def test_the_array_of_commits_has_the_newest_2048(cloned: Path) -> None:
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b.c> {1700000000 + n} +0000\ndata 4\n{n:04d}\n"
        + ("from refs/heads/main^0\n" if n == 0 else "")
        for n in range(2050)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=cloned, input=stream.encode(), check=True)
    found = commits(told(cloned, "push")[1])
    assert (len(found), found[0]["message"], found[-1]["message"]) == (2048, "0002", "2049")


def test_a_pull_request_is_all_that_its_branch_changes_of_the_base(branched: Path) -> None:
    facts, payload = told(branched, "pull_request", base="main")
    assert facts.changed_files == ("early/file", "late")
    assert at(payload, "pull_request.base.sha") == git(branched, "rev-parse", "main")
    assert at(payload, "pull_request.commits") == 2


@pytest.mark.parametrize("base", ["feature", "gone"])
def test_a_pull_request_to_itself_or_to_nowhere_is_its_last_commit(branched: Path, base: str) -> None:
    workflow = WORKFLOW.replace("early/*", "late")
    file = branched.parent / "payload.json"
    file.write_text(json.dumps({"pull_request": {"base": {"ref": base}}}), encoding="utf-8")
    facts, _ = told(branched, "pull_request", workflow, event_file=file)
    assert (facts.changed_files, facts.base_sha) == (("late",), git(branched, "rev-parse", "HEAD^"))


def test_a_base_that_is_named_and_is_not_there_is_refused(branched: Path) -> None:
    with pytest.raises(UsageError, match="--base 'mian': there is no such branch here"):
        told(branched, "pull_request", base="mian")
    assert told(branched, "pull_request", WORKFLOW.replace("early/*", "late"), base="feature")[0].base_sha


@pytest.mark.parametrize(
    ("event", "path", "said"),
    [
        ("schedule", "schedule", "5 4 * * 1"),
        ("schedule", "workflow", "w.yml"),
        ("repository_dispatch", "action", "go"),
        ("workflow_run", "workflow_run.name", "CI"),
        ("workflow_run", "workflow_run.head_branch", "feature"),
    ],
)
def test_what_nobody_names_is_what_the_workflow_waits_for(branched: Path, event: str, path: str, said: str) -> None:
    assert at(told(branched, event)[1], path) == said


def test_an_issue_has_the_number_that_was_given_and_a_review_the_refs_of_its_pull_request(branched: Path) -> None:
    file = branched.parent / "payload.json"
    file.write_text(json.dumps({"issue": {"number": 5}}), encoding="utf-8")
    facts, payload = told(branched, "issues", event_file=file, activity="labeled", labels=("bug",))
    assert (facts.ref, at(payload, "issue.number"), at(payload, "label.name")) == ("refs/heads/feature", 5, "bug")
    text = "on: pull_request_review\n" + WORKFLOW[WORKFLOW.index("jobs:") :]
    facts, payload = told(branched, "pull_request_review", text, base="main")
    assert (facts.ref, at(payload, "pull_request.base.ref")) == ("refs/pull/1/merge", "main")


def test_a_workflow_run_by_hand_gets_an_activity_that_it_waits_for(branched: Path) -> None:
    assert at(told(branched, None, LABELED)[1], "action") == "labeled"


@pytest.mark.parametrize(
    ("event", "payload", "ref"),
    [
        ("pull_request", {"pull_request": {"number": 7, "base": {"ref": "main"}}}, "refs/pull/7/merge"),
        ("release", {"release": {"tag_name": "v3"}}, "refs/tags/v3"),
        ("issues", {"action": "closed"}, "refs/heads/feature"),
        ("workflow_run", {"workflow_run": {"name": "Docs", "head_branch": "fe2"}}, "refs/heads/feature"),
        ("schedule", {"schedule": "6 4 * * 1"}, "refs/heads/feature"),
    ],
)
def test_a_payload_of_ones_own_says_what_started_and_where(
    branched: Path, event: str, payload: dict[str, object], ref: str
) -> None:
    file = branched.parent / "payload.json"
    file.write_text(json.dumps(payload), encoding="utf-8")
    facts, _ = told(branched, event, event_file=file)
    assert facts.ref == ref


def test_the_branches_of_a_payloads_pull_request_are_those_of_the_run(branched: Path) -> None:
    file = branched.parent / "payload.json"
    sides = {"base": {"ref": "main"}, "head": {"ref": "theirs", "repo": {"full_name": "they/fork"}}}
    file.write_text(json.dumps({"pull_request": sides}), encoding="utf-8")
    pull = told(branched, "pull_request", event_file=file)[0].pull_request
    assert pull is not None
    assert (pull.base_branch, pull.head_branch, pull.head_repository) == ("main", "theirs", "they/fork")


@pytest.mark.parametrize(
    ("event", "option", "given"),
    [
        ("push", "--label", {"labels": ("bug",)}),
        ("push", "--base", {"base": "main"}),
        (None, "--base", {"base": "main"}),
        ("workflow_run", "--label", {"labels": ("bug",)}),
        ("push", "--activity", {"activity": "opened"}),
        ("schedule", "--activity", {"activity": "opened"}),
    ],
)
def test_an_option_that_says_nothing_about_the_event_is_refused(
    branched: Path, event: str | None, option: str, given: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match=f"^{option} says nothing about the event {event or 'push'},"):
        told(branched, event, **given)


def test_a_release_is_of_a_tag(branched: Path) -> None:
    assert told(branched, "release", ref="v2")[0].ref == "refs/tags/v2"


def test_a_release_without_a_tag_is_refused(branched: Path) -> None:
    with pytest.raises(UsageError, match="A release is of a tag"):
        told(branched, "release")


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("v1.0", "refs/tags/v1.0"),
        ("both", "refs/heads/both"),
        ("none", "refs/heads/none"),
        ("refs/heads/v1.0", "refs/heads/v1.0"),
    ],
)
def test_a_short_name_is_a_branch_or_else_a_tag(branched: Path, name: str, ref: str) -> None:
    for words in (["tag", "v1.0"], ["tag", "both"], ["branch", "both"]):
        git(branched, *words)
    assert told(branched, "push", ref=name)[0].ref == ref
