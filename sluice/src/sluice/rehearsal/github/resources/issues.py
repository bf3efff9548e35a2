"""Issues and pull requests' conversations: comments, labels on them, locks."""

from __future__ import annotations

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import BOT, WEB, node_id, now, user
from sluice.rehearsal.github.resources.planning import label, milestone
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_REACTIONS = frozenset({"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"})
_EDITABLE = ("title", "body", "state", "state_reason", "milestone", "assignees")


def issue(repository: Repository, call: Call, row: Facts) -> Facts:
    """An ``issue``."""
    at = call.at(repository.name, f"/issues/{row['id']}")
    closed = row["state"] == "closed"
    number = row.get("milestone")
    web = f"{WEB}/{repository.name}/{'pull' if row.get('pull') else 'issues'}/{row['id']}"
    pull = {name: web + end for name, end in (("html_url", ""), ("diff_url", ".diff"), ("patch_url", ".patch"))}
    return {
        "id": row["id"],
        "number": row["id"],
        "node_id": node_id("Issue", row["id"]),
        "url": at,
        "repository_url": call.at(repository.name),
        "labels_url": f"{at}/labels{{/name}}",
        "comments_url": f"{at}/comments",
        "events_url": f"{at}/events",
        "html_url": web,
        "title": row["title"] or "",
        "body": row["body"],
        "state": row["state"] or "open",
        "state_reason": row.get("state_reason"),
        "user": author(call, row),
        "labels": [label(repository, call, name) for name in row["labels"]],
        "assignee": None,
        "assignees": [user(call, name) for name in row.get("assignees") or ()],
        "milestone": milestone(repository, call, repository.table("milestones").get(number)) if number else None,
        "locked": bool(row.get("locked", False)),
        "comments": len(repository.table("comments").where(issue=row["id"])),
        "closed_at": now() if closed else None,
        "created_at": row["created_at"] or now(),
        "updated_at": row.get("updated_at") or row["created_at"] or now(),
        "author_association": "CONTRIBUTOR",
        **(
            {"pull_request": {"url": call.at(repository.name, f"/pulls/{row['id']}"), **pull}}
            if row.get("pull")
            else {}
        ),
    }


def comment(repository: Repository, call: Call, row: Facts) -> Facts:
    """An ``issue-comment``."""
    return {
        **{name: row[name] for name in ("id", "body", "created_at", "updated_at")},
        "node_id": node_id("IssueComment", row["id"]),
        "url": call.at(repository.name, f"/issues/comments/{row['id']}"),
        "html_url": f"{WEB}/{repository.name}/issues/{row['issue']}#issuecomment-{row['id']}",
        "issue_url": call.at(repository.name, f"/issues/{row['issue']}"),
        "user": author(call, row),
        "author_association": "CONTRIBUTOR",
        "performed_via_github_app": None,
    }


def author(call: Call, row: Facts) -> Facts:
    """Who wrote what an event told of; the job's token is who writes here."""
    return user(call, str((row.get("user") or {}).get("login") or BOT))


def add_issue(repository: Repository, body: Facts) -> Facts:
    """A new issue."""
    names = [name if isinstance(name, str) else name["name"] for name in body.get("labels") or ()]
    facts = {name: body.get(name) for name in ("title", "body", "milestone", "assignees")}
    return repository.table("issues").add({**facts, "state": "open", "labels": names, "created_at": now()})


def add_comment(repository: Repository, number: int, text: str) -> Facts:
    """A new comment on an issue or a pull request. Raises ``RefusedError``."""
    repository.table("issues").get(number)
    time = now()
    return repository.table("comments").add({"issue": number, "body": text, "created_at": time, "updated_at": time})


def _list(repository: Repository, call: Call) -> Reply:
    state, names = call.query.get("state", "open"), set(filter(None, call.query.get("labels", "").split(",")))
    rows = [
        row
        for row in list(repository.table("issues"))[::-1]
        if state in {"all", row["state"] or "open"} and names <= set(row["labels"]) and _is_of(call, row)
    ]
    if call.query.get("direction") == "asc":
        rows.reverse()
    return Reply(body=[issue(repository, call, row) for row in rows])


def _is_of(call: Call, row: Facts) -> bool:
    """Whether it has the author, the assignee and the milestone that are asked for, if any are."""
    query, assigned, due = call.query, row.get("assignees") or (), row.get("milestone")
    return (
        query.get("creator") in {None, author(call, row)["login"]}
        and {"*": bool(assigned), "none": not assigned}.get(
            query.get("assignee", ""), "assignee" not in query or query["assignee"] in assigned
        )
        and {"*": due is not None, "none": due is None}.get(
            query.get("milestone", ""), query.get("milestone") in {None, str(due)}
        )
    )


def _create(repository: Repository, call: Call) -> Reply:
    return Reply(status=201, body=issue(repository, call, add_issue(repository, call.required("title"))))


def _get(repository: Repository, call: Call) -> Reply:
    return Reply(body=issue(repository, call, repository.table("issues").get(call.number)))


def _update(repository: Repository, call: Call) -> Reply:
    row, body = repository.table("issues").get(call.number), call.body
    row.update({name: body[name] for name in _EDITABLE if name in body})
    if "labels" in body:
        row["labels"] = [name if isinstance(name, str) else name["name"] for name in body["labels"]]
    row["updated_at"] = now()
    return Reply(body=issue(repository, call, row))


def _comments(repository: Repository, call: Call) -> Reply:
    repository.table("issues").get(call.number)
    rows = repository.table("comments").where(issue=call.number)
    return Reply(body=[comment(repository, call, row) for row in rows])


def _add_comment(repository: Repository, call: Call) -> Reply:
    row = add_comment(repository, call.number, str(call.required("body")["body"]))
    return Reply(status=201, body=comment(repository, call, row))


def _get_comment(repository: Repository, call: Call) -> Reply:
    return Reply(body=comment(repository, call, repository.table("comments").get(call.number)))


def _edit_comment(repository: Repository, call: Call) -> Reply:
    row = repository.table("comments").get(call.number)
    row.update({"body": call.required("body")["body"], "updated_at": now()})
    return Reply(body=comment(repository, call, row), told={"issue": str(row["issue"])})


def _delete_comment(repository: Repository, call: Call) -> Reply:
    repository.table("comments").drop(call.number)
    return Reply(status=204)


def _labels_of(repository: Repository, call: Call) -> Reply:
    names = repository.table("issues").get(call.number)["labels"]
    return Reply(body=[label(repository, call, name) for name in names])


def _add_labels(repository: Repository, call: Call) -> Reply:
    row = repository.table("issues").get(call.number)
    row["labels"] = list(dict.fromkeys([*row["labels"], *map(str, call.body.get("labels") or ())]))
    return _labels_of(repository, call)


def _set_labels(repository: Repository, call: Call) -> Reply:
    names = [str(one["name"] if isinstance(one, dict) else one) for one in call.body.get("labels") or ()]
    repository.table("issues").get(call.number)["labels"] = list(dict.fromkeys(names))
    return _labels_of(repository, call)


def _drop_labels(repository: Repository, call: Call) -> Reply:
    repository.table("issues").get(call.number)["labels"] = []
    return Reply(status=204)


def _drop_label(repository: Repository, call: Call) -> Reply:
    row = repository.table("issues").get(call.number)
    row["labels"] = [name for name in row["labels"] if name != call.names["name"]]
    return _labels_of(repository, call)


def _lock(repository: Repository, call: Call) -> Reply:
    repository.table("issues").get(call.number)["locked"] = call.method == "PUT"
    return Reply(status=204)


def _events(repository: Repository, call: Call) -> Reply:
    repository.table("issues").get(call.number)
    return Reply(body=[], doubt="was answered with none: a rehearsal keeps no events of issues")


def _assign(repository: Repository, call: Call) -> Reply:
    row, names = _assigned(repository, call)
    row["assignees"] = list(dict.fromkeys([*(row.get("assignees") or ()), *names]))
    return Reply(status=201, body=issue(repository, call, row))


def _unassign(repository: Repository, call: Call) -> Reply:
    row, names = _assigned(repository, call)
    row["assignees"] = [name for name in row.get("assignees") or () if name not in names]
    return Reply(body=issue(repository, call, row))


def _assigned(repository: Repository, call: Call) -> tuple[Facts, list[str]]:
    return repository.table("issues").get(call.number), [str(name) for name in call.body.get("assignees") or ()]


def _react(repository: Repository, call: Call) -> Reply:
    repository.table("issues").get(call.number)
    return _reaction(repository, call)


def _react_to_comment(repository: Repository, call: Call) -> Reply:
    repository.table("comments").get(call.number)
    return _reaction(repository, call)


def _reaction(repository: Repository, call: Call) -> Reply:
    content = call.required("content")["content"]
    if content not in _REACTIONS:
        raise RefusedError(422, "Validation Failed", [{"resource": "Reaction", "code": "invalid", "field": "content"}])
    row = repository.table("reactions").add({"content": content, "created_at": now()})
    return Reply(status=201, body={**row, "node_id": node_id("Reaction", row["id"]), "user": user(call)})


_ALL = "/repos/{owner}/{repo}/issues"
_ONE = f"{_ALL}/{{number}}"
_COMMENT = f"{_ALL}/comments/{{number}}"
_SCOPE = "issues|pull-requests"
ROUTES = (
    Route(method="GET", path=_ALL, answer=_list),
    Route(method="POST", path=_ALL, answer=_create, kind="issue", scope="issues", target="{title}"),
    Route(method="GET", path=_COMMENT, answer=_get_comment),
    Route(method="PATCH", path=_COMMENT, answer=_edit_comment, kind="comment-edit", scope=_SCOPE, target="#{issue}"),
    Route(
        method="DELETE", path=_COMMENT, answer=_delete_comment, kind="comment-deletion", scope=_SCOPE, target="{number}"
    ),
    Route(method="GET", path=_ONE, answer=_get),
    Route(method="PATCH", path=_ONE, answer=_update, kind="issue-edit", scope=_SCOPE, target="#{number}"),
    Route(method="GET", path=f"{_ONE}/comments", answer=_comments),
    Route(
        method="POST", path=f"{_ONE}/comments", answer=_add_comment, kind="comment", scope=_SCOPE, target="#{number}"
    ),
    Route(method="GET", path=f"{_ONE}/labels", answer=_labels_of),
    Route(method="POST", path=f"{_ONE}/labels", answer=_add_labels, kind="labels", scope=_SCOPE, target="#{number}"),
    Route(method="PUT", path=f"{_ONE}/labels", answer=_set_labels, kind="labels", scope=_SCOPE, target="#{number}"),
    Route(method="DELETE", path=f"{_ONE}/labels", answer=_drop_labels, kind="labels", scope=_SCOPE, target="#{number}"),
    Route(method="PUT", path=f"{_ONE}/lock", answer=_lock, kind="lock", scope=_SCOPE, target="#{number}"),
    Route(method="DELETE", path=f"{_ONE}/lock", answer=_lock, kind="unlock", scope=_SCOPE, target="#{number}"),
    Route(method="GET", path=f"{_ONE}/events", answer=_events),
    Route(
        method="DELETE",
        path=f"{_ONE}/labels/{{name}}",
        answer=_drop_label,
        kind="labels",
        scope=_SCOPE,
        target="#{number} -{name}",
    ),
    Route(method="POST", path=f"{_ONE}/assignees", answer=_assign, kind="assignees", scope=_SCOPE, target="#{number}"),
    Route(
        method="DELETE", path=f"{_ONE}/assignees", answer=_unassign, kind="assignees", scope=_SCOPE, target="#{number}"
    ),
    Route(
        method="POST",
        path=f"{_ONE}/reactions",
        answer=_react,
        kind="reaction",
        scope=_SCOPE,
        target="#{number} {content}",
    ),
    Route(
        method="POST",
        path=f"{_COMMENT}/reactions",
        answer=_react_to_comment,
        kind="reaction",
        scope=_SCOPE,
        target="comment {number} {content}",
    ),
)
