"""GraphQL's changes that ``gh`` makes: comments, issues, pull requests. Each is told as the same change by REST."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from sluice.github_api.calls import Call, Facts, RefusedError
from sluice.github_api.shapes import WEB, node_id
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import Effect, effect_of
from sluice.rehearsal.github.resources.issues import add_comment, add_issue
from sluice.rehearsal.github.resources.pulls import add_pull, edit_pull, pull_id
from sluice.rehearsal.github.routing import find_route, refusal_of
from sluice.rehearsal.github.state import Repository
from sluice.source.numbers import whole_number


def _subject(text: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    """The kind and the name that an opaque id stands for. Raises ``RefusedError``."""
    try:
        kind, _, name = base64.b64decode(str(text), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusedError(404, f"Could not resolve to a node with the global id of '{text}'") from error
    return kind, name


def _numbered(desk: Desk, text: Any) -> tuple[Repository, int]:  # noqa: ANN401 - JSON
    where, _, written = _subject(text)[1].partition("#")
    number = whole_number(written)
    if number is None:
        raise RefusedError(404, f"Could not resolve to a node with the global id of '{text}'")
    return desk.repository(where), number


def _add_comment(desk: Desk, call: Call, entered: Facts, asker: Asker) -> Facts:
    repository, number = _numbered(desk, entered.get("subjectId"))
    change = _Change(call, asker, "POST", f"/repos/{repository.name}/issues/{number}/comments")
    row = change.perform(lambda: add_comment(repository, number, str(entered.get("body", ""))))
    change.tell("comment", f"{repository.name} #{number}")
    url = f"{WEB}/{repository.name}/issues/{number}#issuecomment-{row['id']}"
    return {"commentEdge": {"node": {"url": url, "id": node_id("IssueComment", row["id"])}}}


def _create_issue(desk: Desk, call: Call, entered: Facts, asker: Asker) -> Facts:
    repository = desk.repository(_subject(entered.get("repositoryId"))[1])
    facts = {"title": entered.get("title"), "body": entered.get("body")}
    change = _Change(call, asker, "POST", f"/repos/{repository.name}/issues")
    row = change.perform(lambda: add_issue(repository, facts))
    change.tell("issue", f"{repository.name} {facts['title']}")
    number = row["id"]
    return {"issue": {"id": node_id("Issue", number), "url": f"{WEB}/{repository.name}/issues/{number}"}}


def _create_pull(desk: Desk, call: Call, entered: Facts, asker: Asker) -> Facts:
    repository = desk.repository(_subject(entered.get("repositoryId"))[1])
    facts = {name: entered.get(name) for name in ("title", "body", "draft")}
    facts |= {"head": entered.get("headRefName"), "base": entered.get("baseRefName")}
    facts["maintainer_can_modify"] = entered.get("maintainerCanModify")
    change = _Change(call, asker, "POST", f"/repos/{repository.name}/pulls")
    row = change.perform(lambda: add_pull(repository, facts))
    change.tell("pull-request", f"{repository.name} {facts['head']} to {facts['base']}: {facts['title']}")
    return {"pullRequest": _named(repository, row["number"])}


def _update_pull(desk: Desk, call: Call, entered: Facts, asker: Asker) -> Facts:
    repository, number = _numbered(desk, entered.get("pullRequestId"))
    facts = {name: entered.get(name) for name in ("title", "body")}
    facts |= {"state": str(entered.get("state") or "").lower(), "base": entered.get("baseRefName")}
    change = _Change(call, asker, "PATCH", f"/repos/{repository.name}/pulls/{number}")
    change.perform(lambda: edit_pull(repository, number, facts))
    if "labelIds" in entered:
        names = [_subject(one)[1] for one in entered["labelIds"] or ()]
        repository.table("issues").get(number)["labels"] = names
    change.tell("pull-request-edit", f"{repository.name} #{number}")
    return {"pullRequest": _named(repository, number)}


def _close_pull(desk: Desk, call: Call, entered: Facts, asker: Asker) -> Facts:
    return _update_pull(desk, call, {"pullRequestId": entered.get("pullRequestId"), "state": "closed"}, asker)


def _named(repository: Repository, number: int) -> Facts:
    return {"id": pull_id(repository, number), "url": f"{WEB}/{repository.name}/pull/{number}", "number": number}


class _Change:
    """A mutation, which needs what the same change by REST needs, and is told as that."""

    def __init__(self, call: Call, asker: Asker, method: str, place: str) -> None:
        self._call = call
        self._asker = asker
        self._method = method
        self._place = place

    def perform(self, change: Callable[[], Facts]) -> Facts:
        """Do it. Raises ``RefusedError`` when the job's token may not."""
        found = find_route(self._method, self._place)
        lacking = refusal_of(self._asker.permissions, found[0]) if found else None
        if lacking:
            call = self._call
            self._asker.warn(f"{call.method} {call.path} was refused: the job's token needs `permissions: {lacking}`")
            raise RefusedError(403, "Resource not accessible by integration")
        return change()

    def tell(self, kind: str, target: str) -> None:
        """The run hears of it."""
        request = f"{effect_of(self._call, None).request} (as {self._method} {self._place})"
        self._asker.record(Effect(kind=kind, target=target, request=request))


Mutation = Callable[[Desk, Call, Facts, Asker], Facts]
"""Takes the field's ``input``; gives what can be selected of the outcome. It may raise ``RefusedError``."""
MUTATIONS: Mapping[str, Mutation] = {
    "addComment": _add_comment,
    "createIssue": _create_issue,
    "createPullRequest": _create_pull,
    "updatePullRequest": _update_pull,
    "closePullRequest": _close_pull,
}
