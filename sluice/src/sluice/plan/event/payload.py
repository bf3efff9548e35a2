"""``github.event``: a webhook's payload, made from plain facts and joined with what the user has in a file.

Field names and shapes are GitHub's; ids are made up, stable for a name. Fields that nobody can know here are left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from sluice.expressions.values import to_python
from sluice.plan.event.facts import (
    NO_COMMIT,
    CommitFacts,
    EventFacts,
    PullRequestFacts,
    PushFacts,
    ReleaseFacts,
    WorkflowRunFacts,
    short_name,
)
from sluice.plan.event.inputs import event_inputs


def build_payload(facts: EventFacts, given: Mapping[str, object] | None = None) -> dict[str, object]:
    """The payload as plain JSON data. ``given`` (a user's ``--event-file``) wins, field by field, lists as a whole."""
    payload: dict[str, object] = {"action": facts.activity} if facts.activity else {}
    payload |= _BUILDERS.get(facts.event, _nothing)(facts)
    payload["repository"] = _repository(facts, facts.repository)
    payload["sender"] = _user(facts, facts.actor)
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


def made_up_id(name: str) -> int:
    """A number that stands for a name, the same every time."""
    return zlib.crc32(name.lower().encode())


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
        "compare": f"{_address(facts, facts.repository)}/compare/{_compared(facts, push)}",
        "commits": [_commit(facts, one) for one in push.commits],
        "head_commit": _commit(facts, push.head or _last_commit(facts)),
        "pusher": {"name": facts.actor, "email": facts.author_email or None},
    }


def _of_tag(facts: EventFacts) -> PushFacts:
    """A tag comes without commits."""
    head = facts.push.head if facts.push else None
    return PushFacts(before=NO_COMMIT, created=True, forced=False, commits=(), head=head)


def _of_last_commit(facts: EventFacts) -> PushFacts:
    before, last = facts.base_sha or NO_COMMIT, _last_commit(facts)
    return PushFacts(before=before, created=before == NO_COMMIT, forced=False, commits=(last,), head=last)


def _last_commit(facts: EventFacts) -> CommitFacts:
    changed = [name for name in facts.changed_files or () if name not in {*facts.added_files, *facts.removed_files}]
    return CommitFacts(
        sha=facts.sha,
        message=facts.message,
        time=facts.time,
        author_name=facts.author_name or facts.actor,
        author_email=facts.author_email,
        committer_name=facts.author_name or facts.actor,
        committer_email=facts.author_email,
        added=facts.added_files,
        removed=facts.removed_files,
        modified=tuple(changed),
    )


def _compared(facts: EventFacts, push: PushFacts) -> str:
    """What GitHub's link compares: of a new branch its first commit's parent, without commits the name alone."""
    if not push.created:
        return f"{push.before[:12]}...{facts.sha[:12]}"
    return f"{push.commits[0].sha[:12]}^...{facts.sha[:12]}" if push.commits else short_name(facts.ref)


def _commit(facts: EventFacts, commit: CommitFacts) -> dict[str, object]:
    return {
        "id": commit.sha,
        "tree_id": commit.tree or None,
        "distinct": commit.distinct,
        "message": commit.message,
        "timestamp": commit.time or None,
        "url": f"{_address(facts, facts.repository)}/commit/{commit.sha}",
        "author": _person(facts, commit.author_name, commit.author_email),
        "committer": _person(facts, commit.committer_name, commit.committer_email),
        "added": list(commit.added),
        "removed": list(commit.removed),
        "modified": list(commit.modified),
    }


def _person(facts: EventFacts, name: str, email: str) -> dict[str, object]:
    """With the name of an account where it is known: the actor's, who made the last commit."""
    known = {"username": facts.actor} if name in {facts.author_name, facts.actor} else {}
    return {"name": name, "email": email, **known}


def _pull_request(facts: EventFacts) -> dict[str, object]:
    pull = facts.pull_request
    if pull is None:
        return {}
    address = _address(facts, facts.repository)
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
        "user": _user(facts, pull.author or facts.actor),
        "labels": [_label(name) for name in pull.labels],
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
        "head": _branch(facts, pull.head_branch, pull.head_sha, pull.head_repository or facts.repository),
        "base": _branch(facts, pull.base_branch, pull.base_sha, facts.repository),
    }
    return {"number": pull.number, "pull_request": described, **_synchronized(facts, pull)}


def _synchronized(facts: EventFacts, pull: PullRequestFacts) -> dict[str, object]:
    return {"before": facts.base_sha, "after": pull.head_sha} if facts.activity == "synchronize" else {}


def _branch(facts: EventFacts, name: str, sha: str, repository: str) -> dict[str, object]:
    owner = repository.partition("/")[0]
    return {
        "label": f"{owner}:{name}",
        "ref": name,
        "sha": sha,
        "user": _user(facts, owner),
        "repo": _repository(facts, repository),
    }


def _label(name: str) -> dict[str, object]:
    return {"id": made_up_id(f"label {name}"), "name": name, "color": "ededed", "default": False, "description": None}


def _release(facts: EventFacts) -> dict[str, object]:
    release = facts.release or ReleaseFacts(tag=short_name(facts.ref))
    address = _address(facts, facts.repository)
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
            "author": _user(facts, facts.actor),
            "assets": [],
            "html_url": f"{address}/releases/tag/{release.tag}",
        }
    }


def _workflow_run(facts: EventFacts) -> dict[str, object]:
    run = facts.workflow_run or WorkflowRunFacts(workflow="")
    address = _address(facts, facts.repository)
    workflow = {"id": made_up_id(run.workflow), "name": run.workflow, "path": run.path, "state": "active"}
    return {
        "workflow": workflow,
        "workflow_run": {
            "id": run.run_id,
            "name": run.workflow,
            "path": run.path,
            "workflow_id": workflow["id"],
            "run_number": run.run_number,
            "run_attempt": 1,
            "event": run.event,
            "status": facts.activity or "completed",
            "conclusion": run.conclusion if facts.activity in {None, "completed"} else None,
            "head_branch": run.head_branch or facts.default_branch,
            "head_sha": run.head_sha or facts.sha,
            "html_url": f"{address}/actions/runs/{run.run_id}",
            "actor": _user(facts, facts.actor),
            "triggering_actor": _user(facts, facts.actor),
            "pull_requests": [],
            "repository": _repository(facts, facts.repository),
            "head_repository": _repository(facts, facts.repository),
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
            "head_commit": _commit(facts, _last_commit(facts)),
        }
    }


def _repository(facts: EventFacts, full_name: str) -> dict[str, object]:
    owner, _, name = full_name.partition("/")
    address = _address(facts, full_name)
    return {
        "id": made_up_id(full_name),
        "name": name,
        "full_name": full_name,
        "private": facts.private,
        "visibility": "private" if facts.private else "public",
        "owner": {**_user(facts, owner), "name": owner},
        "html_url": address,
        "clone_url": f"{address}.git",
        "ssh_url": f"git@{facts.server_url.partition('://')[2]}:{full_name}.git",
        "default_branch": facts.default_branch,
        "master_branch": facts.default_branch,
        "fork": False,
        "archived": False,
    }


def _user(facts: EventFacts, login: str) -> dict[str, object]:
    bot = login.endswith("[bot]")
    return {
        "login": login,
        "id": made_up_id(login),
        "type": "Bot" if bot else "User",
        "site_admin": False,
        "html_url": f"{facts.server_url}/{login}",
    }


def _address(facts: EventFacts, repository: str) -> str:
    return f"{facts.server_url}/{repository}"


_BUILDERS: Mapping[str, Callable[[EventFacts], dict[str, object]]] = {
    "push": _push,
    "pull_request": _pull_request,
    "pull_request_target": _pull_request,
    "pull_request_review": _pull_request,
    "pull_request_review_comment": _pull_request,
    "release": _release,
    "workflow_run": _workflow_run,
    "workflow_dispatch": _workflow_dispatch,
    "repository_dispatch": _repository_dispatch,
    "schedule": _schedule,
    "create": _made_or_deleted,
    "delete": _made_or_deleted,
    "merge_group": _merge_group,
}
