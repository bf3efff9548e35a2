"""Reviews of pull requests, and who was asked for one."""

from __future__ import annotations

from typing import Any

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import WEB, node_id, now, user
from sluice.rehearsal.github.resources.pulls import pull
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_OTHERS = "was answered of the reviews that this run made: GitHub may have others"


def review(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``pull-request-review``; one that is pending has no time."""
    number = row["pull"]
    web = f"{WEB}/{repository.name}/pull/{number}#pullrequestreview-{row['id']}"
    at = call.at(repository.name, f"/pulls/{number}")
    sent = {} if row["state"] == "PENDING" else {"submitted_at": row["submitted_at"]}
    return {
        **{name: row[name] for name in ("id", "body", "state", "commit_id")},
        **sent,
        "node_id": node_id("PullRequestReview", row["id"]),
        "user": user(call),
        "html_url": web,
        "pull_request_url": at,
        "_links": {"html": {"href": web}, "pull_request": {"href": at}},
        "author_association": "CONTRIBUTOR",
    }


def _list(repository: Repository, call: Call) -> Reply:
    repository.table("pulls").get(call.number)
    rows = repository.table("reviews").where(pull=call.number)
    return Reply(body=[review(repository, call, row) for row in rows], doubt="" if rows else _OTHERS)


def _create(repository: Repository, call: Call) -> Reply:
    facts, body = pull(repository, call, repository.table("pulls").get(call.number)), call.body
    state = _state(body) if body.get("event") else "PENDING"
    row = {
        "pull": call.number,
        "body": str(body.get("body") or ""),
        "state": state,
        "commit_id": body.get("commit_id") or facts["head"]["sha"],
        "submitted_at": now(),
    }
    return _told(repository, call, repository.table("reviews").add(row))


def _told(repository: Repository, call: Call, row: Facts) -> Reply:
    return Reply(body=review(repository, call, row), told={"state": row["state"]})


def _state(body: Facts) -> str:
    """Raises ``RefusedError`` for another event than GitHub's, and without the text that it wants."""
    event = str(body["event"])
    if event not in _STATES:
        raise RefusedError(422, "Validation Failed", [f"{event} is no event of a review: {', '.join(_STATES)}"])
    if event != "APPROVE" and not (body.get("body") or body.get("comments")):
        raise RefusedError(422, "Validation Failed", [f"{event} needs a body"])
    return _STATES[event]


def _one(repository: Repository, call: Call) -> Facts:
    row = repository.table("reviews").get(int(call.names["review"]) if call.names["review"].isdecimal() else 0)
    return repository.table("reviews").first(id=row["id"], pull=call.number)


def _get(repository: Repository, call: Call) -> Reply:
    return Reply(body=review(repository, call, _one(repository, call)))


def _edit(repository: Repository, call: Call) -> Reply:
    row = _one(repository, call)
    row["body"] = str(call.required("body")["body"])
    return _told(repository, call, row)


def _submit(repository: Repository, call: Call) -> Reply:
    row, body = _one(repository, call), call.required("event")
    row.update(state=_state({"body": row["body"], **body}), submitted_at=now(), body=body.get("body") or row["body"])
    return _told(repository, call, row)


def _dismiss(repository: Repository, call: Call) -> Reply:
    row, _ = _one(repository, call), call.required("message")
    if row["state"] not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise RefusedError(422, f"Can not dismiss a {row['state'].lower()} pull request review")
    row["state"] = "DISMISSED"
    return _told(repository, call, row)


def _requested(repository: Repository, call: Call) -> Reply:
    facts = pull(repository, call, repository.table("pulls").get(call.number))
    return Reply(body={"users": facts["requested_reviewers"], "teams": facts["requested_teams"]})


def _request(repository: Repository, call: Call) -> Reply:
    row = repository.table("pulls").get(call.number)
    for kept, named in _names(call.body):
        row[kept] = list(dict.fromkeys([*(row.get(kept) or ()), *named]))
    return Reply(status=201, body=pull(repository, call, row))


def _withdraw(repository: Repository, call: Call) -> Reply:
    row = repository.table("pulls").get(call.number)
    for kept, named in _names(call.body):
        row[kept] = [name for name in row.get(kept) or () if name not in named]
    return Reply(body=pull(repository, call, row))


def _names(body: Facts) -> list[tuple[str, list[str]]]:
    return [("reviewers", _texts(body.get("reviewers"))), ("teams", _texts(body.get("team_reviewers")))]


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [str(name) for name in value] if isinstance(value, list) else []


_PULL = "/repos/{owner}/{repo}/pulls/{number}"
_ALL = f"{_PULL}/reviews"
_ONE = f"{_ALL}/{{review}}"
_ASKED = f"{_PULL}/requested_reviewers"
_SCOPE = "pull-requests"
ROUTES = (
    Route(method="GET", path=_ALL, answer=_list),
    Route(method="POST", path=_ALL, answer=_create, kind="review", scope=_SCOPE, target="#{number} {state}"),
    Route(method="GET", path=_ONE, answer=_get),
    Route(method="PUT", path=_ONE, answer=_edit, kind="review-edit", scope=_SCOPE, target="#{number} {state}"),
    Route(
        method="POST", path=f"{_ONE}/events", answer=_submit, kind="review", scope=_SCOPE, target="#{number} {state}"
    ),
    Route(
        method="PUT",
        path=f"{_ONE}/dismissals",
        answer=_dismiss,
        kind="review-edit",
        scope=_SCOPE,
        target="#{number} {state}",
    ),
    Route(method="GET", path=_ASKED, answer=_requested),
    Route(method="POST", path=_ASKED, answer=_request, kind="review-request", scope=_SCOPE, target="#{number}"),
    Route(method="DELETE", path=_ASKED, answer=_withdraw, kind="review-request", scope=_SCOPE, target="#{number}"),
)
