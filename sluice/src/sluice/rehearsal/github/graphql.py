"""As much of GitHub's GraphQL as ``gh`` asks for: repositories, issues and pull requests by number, two mutations."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from sluice.rehearsal.github.calls import Call, Facts, RefusedError, Reply
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import Effect, effect_of
from sluice.rehearsal.github.resources.issues import add_comment, add_issue
from sluice.rehearsal.github.resources.repositories import repository_of
from sluice.rehearsal.github.routing import find_route, refusal_of
from sluice.rehearsal.github.selection import name_of, read_query
from sluice.rehearsal.github.shapes import BOT, WEB, node_id
from sluice.rehearsal.github.state import Repository


def answer_graphql(desk: Desk, call: Call, asker: Asker) -> Reply:
    """One query or mutation. What isn't known is an error of GraphQL's; a mutation that isn't known is recorded."""
    if not call.headers.get("authorization"):
        raise RefusedError(401, "This endpoint requires you to be authenticated.")
    body = call.body
    query, given = read_query(str(body.get("query", ""))), body.get("variables") or {}
    answers = {"repository": _repository, "viewer": _viewer, "addComment": _add_comment, "createIssue": _create_issue}
    unknown = [node.name.value for node in query.fields if node.name.value not in answers]
    if unknown:
        if query.mutation:
            asker.record(effect_of(call, None))
        return _failed(f"The rehearsal has no stand-in for {', '.join(unknown)} in GraphQL")
    data: Facts = {}
    for node in query.fields:
        try:
            found = answers[node.name.value](desk, call, given, asker)
        except RefusedError as refused:
            return _failed(str(refused), "NOT_FOUND" if refused.reply.status == 404 else "FORBIDDEN")
        data[name_of(node)] = query.select(node, found)
    return Reply(body={"data": data})


def _failed(message: str, kind: str = "UNPROCESSABLE") -> Reply:
    return Reply(body={"data": None, "errors": [{"type": kind, "message": message, "path": []}]})


def _viewer(desk: Desk, call: Call, given: Facts, asker: Asker) -> Facts:  # noqa: ARG001 - every answer gets all
    return {"login": BOT, "id": node_id("User", BOT)}


def _repository(desk: Desk, call: Call, given: Facts, asker: Asker) -> Facts:  # noqa: ARG001 - every answer gets all
    owner = given.get("owner", "")
    name = given.get("name") or given.get("repo") or given.get("repo_name") or ""
    repository = desk.repository(f"{owner}/{name}")
    facts = repository_of(repository, call)
    found = _conversation(repository, given)
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
        "defaultBranchRef": {"name": desk.scene.default_branch},
        "parent": None,
        **dict.fromkeys(("mergeCommitAllowed", "rebaseMergeAllowed", "squashMergeAllowed"), True),
        **dict.fromkeys(("issue", "pullRequest", "issueOrPullRequest"), found),
    }


def _conversation(repository: Repository, given: Facts) -> Facts | None:
    number = given.get("number", given.get("pr_number", given.get("issue_number")))
    rows = [row for row in repository.table("issues") if row["id"] == number]
    if not rows:
        return None
    row, kind = rows[0], "PullRequest" if rows[0].get("pull") else "Issue"
    return {
        "__typename": kind,
        "id": node_id(kind, f"{repository.name}#{row['id']}"),
        "number": row["id"],
        "title": row["title"],
        "body": row["body"] or "",
        "state": str(row["state"] or "open").upper(),
        "url": f"{WEB}/{repository.name}/{'pull' if kind == 'PullRequest' else 'issues'}/{row['id']}",
        "author": {"login": BOT},
        "labels": {"nodes": [{"name": name} for name in row["labels"]], "totalCount": len(row["labels"])},
        "comments": {"nodes": [], "totalCount": 0},
    }


def _subject(text: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    try:
        kind, _, name = base64.b64decode(str(text), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusedError(404, f"Could not resolve to a node with the global id of '{text}'") from error
    return kind, name


def _add_comment(desk: Desk, call: Call, given: Facts, asker: Asker) -> Facts:
    entered = given.get("input") or given
    _, name = _subject(entered.get("subjectId"))
    where, _, number = name.partition("#")
    repository = desk.repository(where)
    place = f"/repos/{repository.name}/issues/{number}/comments"
    row = _perform(call, place, asker, lambda: add_comment(repository, int(number), str(entered.get("body", ""))))
    asker.record(Effect(kind="comment", target=f"{repository.name} #{number}", request=_told(call, place)))
    url = f"{WEB}/{repository.name}/issues/{number}#issuecomment-{row['id']}"
    return {"commentEdge": {"node": {"url": url, "id": node_id("IssueComment", row["id"])}}}


def _create_issue(desk: Desk, call: Call, given: Facts, asker: Asker) -> Facts:
    entered = given.get("input") or given
    repository = desk.repository(_subject(entered.get("repositoryId"))[1])
    facts = {"title": entered.get("title"), "body": entered.get("body")}
    place = f"/repos/{repository.name}/issues"
    row = _perform(call, place, asker, lambda: add_issue(repository, facts))
    asker.record(Effect(kind="issue", target=f"{repository.name} {facts['title']}", request=_told(call, place)))
    number = row["id"]
    return {"issue": {"id": node_id("Issue", number), "url": f"{WEB}/{repository.name}/issues/{number}"}}


def _perform(call: Call, place: str, asker: Asker, change: Callable[[], Facts]) -> Facts:
    """A mutation needs what the same change by REST needs."""
    found = find_route("POST", place)
    lacking = refusal_of(asker.permissions, found[0]) if found else None
    if lacking:
        asker.warn(f"{call.method} {call.path} was refused: the job's token needs `permissions: {lacking}`")
        raise RefusedError(403, "Resource not accessible by integration")
    return change()


def _told(call: Call, place: str) -> str:
    return f"{effect_of(call, None).request} (as POST {place})"
