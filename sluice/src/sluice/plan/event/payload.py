"""``github.event``: a webhook's payload, made from plain facts and joined with what the user has in a file.

Field names and shapes are GitHub's; ids are made up, stable for a name. Fields that nobody can know here are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sluice.expressions.values import to_python
from sluice.plan.event.facts import (
    NO_COMMIT,
    EventFacts,
    IssueFacts,
    PullRequestFacts,
    PushFacts,
    ReleaseFacts,
    WorkflowRunFacts,
    short_name,
)
from sluice.plan.event.inputs import event_inputs
from sluice.plan.event.resources import (
    address_of,
    branch,
    commit_of,
    label,
    last_commit,
    made_up_id,
    repository_of,
    user,
)


def build_payload(facts: EventFacts, given: Mapping[str, object] | None = None) -> dict[str, object]:
    """The payload as plain JSON data. ``given`` (a user's ``--event-file``) wins, field by field, lists as a whole."""
    payload: dict[str, object] = {"action": facts.activity} if facts.activity else {}
    payload |= _BUILDERS.get(facts.event, _nothing)(facts)
    payload["repository"] = repository_of(facts, facts.repository)
    payload["sender"] = user(facts, facts.actor)
    return merge_payload(payload, given or {})


def merge_payload(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """``base`` with every field of ``over`` put in; mappings are joined, anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        kept = merged.get(key)
        if isinstance(kept, Mapping) and isinstance(value, Mapping):
            merged[key] = merge_payload(kept, value)
        else:
            merged[key] = value
    return merged


def _nothing(_: EventFacts) -> dict[str, object]:
    return {}


def _push(facts: EventFacts) -> dict[str, object]:
    push = _of_tag(facts) if facts.ref.startswith("refs/tags/") else facts.push or _of_last_commit(facts)
    return {
        "ref": facts.ref,
        "before": push.before,
        "after": facts.sha,
        "base_ref": None,
        "created": push.created,
        "deleted": False,
        "forced": push.forced,
        "compare": f"{address_of(facts, facts.repository)}/compare/{_compared(facts, push)}",
        "commits": [commit_of(facts, one) for one in push.commits],
        "head_commit": commit_of(facts, push.head or last_commit(facts)),
        "pusher": {"name": facts.actor, "email": facts.author_email or None},
    }


def _of_tag(facts: EventFacts) -> PushFacts:
    """A tag comes without commits."""
    head = facts.push.head if facts.push else None
    return PushFacts(before=NO_COMMIT, created=True, forced=False, commits=(), head=head)


def _of_last_commit(facts: EventFacts) -> PushFacts:
    before, last = facts.base_sha or NO_COMMIT, last_commit(facts)
    return PushFacts(before=before, created=before == NO_COMMIT, forced=False, commits=(last,), head=last)


def _compared(facts: EventFacts, push: PushFacts) -> str:
    """What GitHub's link compares: of a new branch its first commit's parent, without commits the name alone."""
    if not push.created:
        return f"{push.before[:12]}...{facts.sha[:12]}"
    return f"{push.commits[0].sha[:12]}^...{facts.sha[:12]}" if push.commits else short_name(facts.ref)


def _pull_request(facts: EventFacts) -> dict[str, object]:
    pull = facts.pull_request
    if pull is None:
        return {}
    address = address_of(facts, facts.repository)
    described = {
        "id": made_up_id(f"{facts.repository}#{pull.number}"),
        "number": pull.number,
        "state": "closed" if facts.activity == "closed" else "open",
        "title": pull.title,
        "body": pull.body,
        "draft": pull.draft,
        "merged": pull.merged,
        "mergeable": True,
        "locked": False,
        "user": user(facts, pull.author or facts.actor),
        "labels": [label(name) for name in pull.labels],
        "assignees": [],
        "requested_reviewers": [],
        "milestone": None,
        "author_association": "MEMBER",
        "auto_merge": None,
        "commits": pull.commits,
        "changed_files": len(facts.changed_files or ()),
        "created_at": facts.time or None,
        "updated_at": facts.time or None,
        "merge_commit_sha": pull.head_sha,
        "html_url": f"{address}/pull/{pull.number}",
        "head": branch(facts, pull.head_branch, pull.head_sha, pull.head_repository or facts.repository),
        "base": branch(facts, pull.base_branch, pull.base_sha, facts.repository),
    }
    return {
        "number": pull.number,
        "pull_request": described,
        **_synchronized(facts, pull),
        **_labeled(facts, pull.labels),
    }


def _labeled(facts: EventFacts, labels: Sequence[str]) -> dict[str, object]:
    """The label that was put on or taken off: the last that there is."""
    return {"label": label(labels[-1])} if labels and facts.activity in {"labeled", "unlabeled"} else {}


def _synchronized(facts: EventFacts, pull: PullRequestFacts) -> dict[str, object]:
    return {"before": facts.base_sha, "after": pull.head_sha} if facts.activity == "synchronize" else {}


def _review(facts: EventFacts) -> dict[str, object]:
    """What it says, nobody knows: an approval without a word."""
    pull = _pull_request(facts)
    return {**pull, "review": {**_said(facts, pull.get("pull_request"), "pullrequestreview-"), "state": "approved"}}


def _review_comment(facts: EventFacts) -> dict[str, object]:
    pull = _pull_request(facts)
    return {**pull, "comment": _said(facts, pull.get("pull_request"), "discussion_r")}


def _issue(facts: EventFacts) -> dict[str, object]:
    """Its title and what it says, nobody knows."""
    issue = facts.issue or IssueFacts()
    described = {
        "id": made_up_id(f"{facts.repository}#{issue.number}"),
        "number": issue.number,
        "state": "closed" if facts.activity == "closed" else "open",
        "title": "",
        "body": None,
        "user": user(facts, facts.actor),
        "labels": [label(name) for name in issue.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": 0,
        "locked": False,
        "author_association": "MEMBER",
        "created_at": facts.time or None,
        "updated_at": facts.time or None,
        "html_url": f"{address_of(facts, facts.repository)}/issues/{issue.number}",
    }
    return {"issue": described, **_labeled(facts, issue.labels)}


def _issue_comment(facts: EventFacts) -> dict[str, object]:
    below = _issue(facts)
    return {**below, "comment": _said(facts, below["issue"], "issuecomment-")}


def _said(facts: EventFacts, below: object, anchor: str) -> dict[str, object]:
    """A comment or a review below an issue or a pull request, without a word."""
    number = made_up_id(f"{anchor} of {facts.repository}")
    address = below["html_url"] if isinstance(below, dict) else ""
    return {
        "id": number,
        "body": "",
        "user": user(facts, facts.actor),
        "author_association": "MEMBER",
        "created_at": facts.time or None,
        "updated_at": facts.time or None,
        "html_url": f"{address}#{anchor}{number}",
    }


def _release(facts: EventFacts) -> dict[str, object]:
    release = facts.release or ReleaseFacts(tag=short_name(facts.ref))
    address = address_of(facts, facts.repository)
    return {
        "release": {
            "id": made_up_id(f"{facts.repository}@{release.tag}"),
            "tag_name": release.tag,
            "name": release.name or release.tag,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "target_commitish": facts.default_branch,
            "created_at": facts.time or None,
            "published_at": None if release.draft else facts.time or None,
            "author": user(facts, facts.actor),
            "assets": [],
            "html_url": f"{address}/releases/tag/{release.tag}",
        }
    }


def _workflow_run(facts: EventFacts) -> dict[str, object]:
    run = facts.workflow_run or WorkflowRunFacts(workflow="")
    address = address_of(facts, facts.repository)
    workflow = {"id": made_up_id(run.workflow), "name": run.workflow, "path": run.path, "state": "active"}
    return {
        "workflow": workflow,
        "workflow_run": {
            "id": run.run_id,
            "name": run.workflow,
            "path": run.path,
            "workflow_id": workflow["id"],
            "run_number": run.run_number,
            "run_attempt": run.run_attempt,
            "event": run.event,
            "status": facts.activity or "completed",
            "conclusion": run.conclusion if facts.activity in {None, "completed"} else None,
            "head_branch": run.head_branch or facts.default_branch,
            "head_sha": run.head_sha or facts.sha,
            "html_url": f"{address}/actions/runs/{run.run_id}",
            "actor": user(facts, facts.actor),
            "triggering_actor": user(facts, facts.actor),
            "pull_requests": [],
            "repository": repository_of(facts, facts.repository),
            "head_repository": repository_of(facts, facts.repository),
            "created_at": facts.time or None,
            "updated_at": facts.time or None,
        },
    }


def _workflow_dispatch(facts: EventFacts) -> dict[str, object]:
    return {"ref": facts.ref, "workflow": facts.workflow_path, "inputs": to_python(event_inputs(facts.inputs))}


def _repository_dispatch(facts: EventFacts) -> dict[str, object]:
    return {"branch": facts.default_branch, "client_payload": dict(facts.dispatched)}


def _schedule(facts: EventFacts) -> dict[str, object]:
    return {"schedule": facts.cron, "workflow": facts.workflow_path}


def _made_or_deleted(facts: EventFacts) -> dict[str, object]:
    kind = "tag" if facts.ref.startswith("refs/tags/") else "branch"
    return {"ref": short_name(facts.ref), "ref_type": kind, "master_branch": facts.default_branch}


def _merge_group(facts: EventFacts) -> dict[str, object]:
    return {
        "merge_group": {
            "head_sha": facts.sha,
            "head_ref": facts.ref,
            "base_sha": facts.base_sha,
            "base_ref": f"refs/heads/{facts.default_branch}",
            "head_commit": commit_of(facts, last_commit(facts)),
        }
    }


_BUILDERS: Mapping[str, Callable[[EventFacts], dict[str, object]]] = {
    "push": _push,
    "pull_request": _pull_request,
    "pull_request_target": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "issues": _issue,
    "issue_comment": _issue_comment,
    "release": _release,
    "workflow_run": _workflow_run,
    "workflow_dispatch": _workflow_dispatch,
    "repository_dispatch": _repository_dispatch,
    "schedule": _schedule,
    "create": _made_or_deleted,
    "delete": _made_or_deleted,
    "merge_group": _merge_group,
}
