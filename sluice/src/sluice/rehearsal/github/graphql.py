"""As much of GitHub's GraphQL as ``gh`` asks for: repositories, issues and pull requests, and what changes these."""

from __future__ import annotations

from typing import Any

from sluice.rehearsal.github.calls import Call, Facts, RefusedError, Reply
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import effect_of
from sluice.rehearsal.github.mutations import MUTATIONS
from sluice.rehearsal.github.resources.planning import label
from sluice.rehearsal.github.resources.pulls import find_pulls, pull, pull_id
from sluice.rehearsal.github.resources.repositories import repository_of
from sluice.rehearsal.github.selection import name_of, read_query
from sluice.rehearsal.github.shapes import BOT, WEB, node_id
from sluice.rehearsal.github.state import Repository


def answer_graphql(desk: Desk, call: Call, asker: Asker) -> Reply:
    """One query or mutation. What isn't known is an error of GraphQL's; a mutation that isn't known is recorded."""
    if not call.headers.get("authorization"):
        raise RefusedError(401, "This endpoint requires you to be authenticated.")
    body = call.body
    query = read_query(str(body.get("query", "")), body.get("variables") or {})
    known = {*MUTATIONS} if query.mutation else {*_ANSWERS}
    unknown = [node.name.value for node in query.fields if node.name.value not in known]
    if unknown:
        if query.mutation:
            asker.record(effect_of(call, None))
        return _failed(f"The rehearsal has no stand-in for {', '.join(unknown)} in GraphQL")
    data: Facts = {}
    for node in query.fields:
        try:
            given = query.arguments(node)
            if query.mutation:
                found = MUTATIONS[node.name.value](desk, call, given.get("input") or {}, asker)
            else:
                found = _ANSWERS[node.name.value](desk, call, given)
        except RefusedError as refused:
            return _failed(_words(refused), _KINDS.get(refused.reply.status, "FORBIDDEN"))
        data[name_of(node)] = query.select(node, found)
    return Reply(body={"data": data})


_KINDS = {404: "NOT_FOUND", 422: "UNPROCESSABLE"}


def _words(refused: RefusedError) -> str:
    """GraphQL says itself what REST has in the errors."""
    body = refused.reply.body
    errors = body.get("errors") if isinstance(body, dict) else None
    told = [error.get("message") or f"{error.get('field')} is {error.get('code')}" for error in errors or ()]
    return "; ".join(told) or str(refused)


def _failed(message: str, kind: str = "UNPROCESSABLE") -> Reply:
    return Reply(body={"data": None, "errors": [{"type": kind, "message": message, "path": []}]})


def _viewer(desk: Desk, call: Call, given: Facts) -> Facts:  # noqa: ARG001 - every answer gets all
    return {"login": BOT, "id": node_id("User", BOT)}


def _repository(desk: Desk, call: Call, given: Facts) -> Facts:
    """A ``Repository``. What has arguments is a function of them."""
    repository = desk.repository(f"{given.get('owner', '')}/{given.get('name', '')}")
    facts = repository_of(repository, call)

    def conversation(given: Facts) -> Facts | None:
        return _conversation(repository, call, given.get("number"))

    return {
        "id": facts["node_id"],
        "name": facts["name"],
        "nameWithOwner": repository.name,
        "owner": {"id": node_id("User", repository.owner), "login": repository.owner},
        "url": facts["html_url"],
        "description": "",
        "isPrivate": False,
        "hasIssuesEnabled": True,
        "hasWikiEnabled": True,
        "viewerPermission": "WRITE",
        "defaultBranchRef": {"name": repository.scene.default_branch},
        "parent": None,
        **dict.fromkeys(("mergeCommitAllowed", "rebaseMergeAllowed", "squashMergeAllowed"), True),
        **dict.fromkeys(("issue", "pullRequest", "issueOrPullRequest"), conversation),
        "pullRequests": lambda given: _pulls(repository, call, given),
        "label": lambda given: _label(repository, call, given.get("name")),
        "labels": lambda _: _connection([_label(repository, call, row["name"]) for row in repository.table("labels")]),
    }


def _connection(nodes: list[Any]) -> Facts:
    return {"nodes": nodes, "totalCount": len(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}}


def _label(repository: Repository, call: Call, name: Any) -> Facts | None:  # noqa: ANN401 - JSON
    if not repository.table("labels").where(name=name):
        return None
    facts = label(repository, call, name)
    return {**facts, "id": facts["node_id"]}


def _pulls(repository: Repository, call: Call, given: Facts) -> Facts:
    states = [str(state).lower() for state in given.get("states") or ()]
    state = states[0] if len(states) == 1 else "all"
    rows = find_pulls(repository, {"state": state, "head": given.get("headRefName"), "base": given.get("baseRefName")})
    return _connection([_conversation(repository, call, row["number"]) for row in rows[::-1]])


def _conversation(repository: Repository, call: Call, number: Any) -> Facts | None:  # noqa: ANN401 - JSON
    rows = [row for row in repository.table("issues") if row["id"] == number]
    if not rows:
        return None
    row, kind = rows[0], "PullRequest" if rows[0].get("pull") else "Issue"
    labels = [_label(repository, call, name) or {"name": name} for name in row["labels"]]
    return {
        "__typename": kind,
        "id": node_id(kind, f"{repository.name}#{row['id']}"),
        "number": row["id"],
        "title": row["title"],
        "body": row["body"] or "",
        "state": str(row["state"] or "open").upper(),
        "url": f"{WEB}/{repository.name}/{'pull' if kind == 'PullRequest' else 'issues'}/{row['id']}",
        "author": {"login": BOT},
        "labels": _connection(labels),
        **dict.fromkeys(("comments", "assignees", "projectCards", "projectItems", "reviewRequests"), _connection([])),
        **(_of_pull(repository, call, row["id"]) if kind == "PullRequest" else {}),
    }


def _of_pull(repository: Repository, call: Call, number: int) -> Facts:
    facts = pull(repository, call, repository.table("pulls").get(number))
    return {
        "id": pull_id(repository, number),
        "headRefName": facts["head"]["ref"],
        "headRefOid": facts["head"]["sha"],
        "baseRefName": facts["base"]["ref"],
        "isDraft": facts["draft"],
        "isCrossRepository": False,
        "headRepositoryOwner": {"id": node_id("User", repository.owner), "login": repository.owner, "name": ""},
        "headRepository": {"id": node_id("Repository", repository.name), "name": repository.name.partition("/")[2]},
    }


_ANSWERS = {"repository": _repository, "viewer": _viewer}
