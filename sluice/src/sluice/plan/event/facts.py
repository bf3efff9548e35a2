"""The plain facts of an event, from which a payload and the ``github`` context are made.

Whoever starts a run fills them in from git, the command line or a webhook; the rest is derived. Times are texts in
GitHub's form, ``2026-11-23T19:07:00Z``.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from sluice.expressions.values import Dictionary
from sluice.plan.event.triggers import Occurrence


class PullRequestFacts(Struct, frozen=True, kw_only=True):
    """A pull request. Branches are short names; ``head_repository`` is ``owner/name``, empty for the same one."""

    number: int = 1
    title: str = ""
    body: str | None = None
    labels: tuple[str, ...] = ()
    draft: bool = False
    merged: bool = False
    author: str = ""
    head_branch: str
    head_sha: str
    base_branch: str
    base_sha: str
    head_repository: str = ""
    commits: int = 1


class IssueFacts(Struct, frozen=True, kw_only=True):
    """An issue, or the pull request that a comment stands under."""

    number: int = 1
    labels: tuple[str, ...] = ()


class CommitFacts(Struct, frozen=True, kw_only=True):
    """A commit that was pushed, with the files that it changes. ``distinct`` ones are on no other branch."""

    sha: str
    tree: str = ""
    message: str = ""
    time: str = ""
    author_name: str = ""
    author_email: str = ""
    committer_name: str = ""
    committer_email: str = ""
    distinct: bool = True
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()


class PushFacts(Struct, frozen=True, kw_only=True):
    """A push: what the branch was at ``before``, and the commits that came, the oldest first.

    ``head`` is the commit that the branch is at now, also where no commit came with it.
    """

    before: str
    created: bool
    forced: bool
    commits: tuple[CommitFacts, ...]
    head: CommitFacts | None


class ReleaseFacts(Struct, frozen=True, kw_only=True):
    """A release of a tag."""

    tag: str
    name: str = ""
    body: str = ""
    draft: bool = False
    prerelease: bool = False


class WorkflowRunFacts(Struct, frozen=True, kw_only=True):
    """The run that a ``workflow_run`` event is about."""

    workflow: str
    path: str = ""
    conclusion: str | None = "success"
    event: str = "push"
    head_branch: str = ""
    head_sha: str = ""
    run_id: int = 1
    run_number: int = 1
    run_attempt: int = 1


class EventFacts(Struct, frozen=True, kw_only=True):
    """What happened where.

    ``ref`` is a full ref, for a pull request the one that runs (``refs/pull/1/merge``); ``sha`` the commit that runs;
    ``base_sha`` the commit before a push. ``changed_files`` is ``None`` when it is not known, and has those added
    and removed, too. ``dispatched`` is what a ``repository_dispatch`` carries, ``inputs`` what a ``workflow_dispatch``
    does.
    """

    event: str
    repository: str
    ref: str
    sha: str
    actor: str
    activity: str | None = None
    base_sha: str = ""
    default_branch: str = "main"
    message: str = ""
    author_name: str = ""
    author_email: str = ""
    time: str = ""
    changed_files: tuple[str, ...] | None = None
    added_files: tuple[str, ...] = ()
    removed_files: tuple[str, ...] = ()
    private: bool = False
    server_url: str = "https://github.com"
    push: PushFacts | None = None
    pull_request: PullRequestFacts | None = None
    issue: IssueFacts | None = None
    release: ReleaseFacts | None = None
    workflow_run: WorkflowRunFacts | None = None
    cron: str | None = None
    inputs: Dictionary = field(default_factory=Dictionary)
    dispatched: Mapping[str, object] = field(default_factory=dict)
    workflow_path: str = ""


class RunFacts(Struct, frozen=True, kw_only=True):
    """The run that the event started; ``workflow_path`` is relative to the repository's root."""

    run_id: int
    run_number: int = 1
    run_attempt: int = 1
    workflow_name: str
    workflow_path: str
    workflow_sha: str = ""
    triggering_actor: str = ""


NO_COMMIT = "0" * 40
"""GitHub's sha for "there was nothing before"."""


def short_name(ref: str) -> str:
    """``github.ref_name``: the ref without ``refs/heads/``, ``refs/tags/`` or ``refs/pull/``."""
    for start in ("refs/heads/", "refs/tags/", "refs/pull/"):
        if ref.startswith(start):
            return ref.removeprefix(start)
    return ref


def default_activity(event: str) -> str | None:
    """The activity type to take where the person who starts a run names none."""
    return _ACTIVITIES.get(event)


def occurrence_of(facts: EventFacts) -> Occurrence:
    """The facts as the triggers' filters look at them."""
    branch = None
    if facts.pull_request is not None:
        branch = facts.pull_request.base_branch
    elif facts.workflow_run is not None:
        branch = facts.workflow_run.head_branch
    elif facts.event == "merge_group":
        branch = facts.default_branch
    return Occurrence(
        event=facts.event,
        activity=facts.activity,
        ref=facts.ref,
        branch=branch,
        changed_files=facts.changed_files,
        workflow=facts.workflow_run.workflow if facts.workflow_run else None,
        cron=facts.cron,
        message=facts.message,
    )


_ACTIVITIES = {
    "check_run": "completed",
    "check_suite": "completed",
    "discussion": "created",
    "discussion_comment": "created",
    "issue_comment": "created",
    "issues": "opened",
    "label": "created",
    "merge_group": "checks_requested",
    "milestone": "created",
    "pull_request": "synchronize",
    "pull_request_review": "submitted",
    "pull_request_review_comment": "created",
    "pull_request_target": "synchronize",
    "registry_package": "published",
    "release": "published",
    "watch": "started",
    "workflow_run": "completed",
}
