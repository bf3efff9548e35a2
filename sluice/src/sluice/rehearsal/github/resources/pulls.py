"""Pull requests: the one of the run's event, and those that jobs make. Each is an issue, too, with the same number."""

from __future__ import annotations

from collections.abc import Mapping

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import WEB, node_id, now, repository_of, steady_id, user
from sluice.rehearsal.github.resources.issues import add_issue, issue
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_FROM_ISSUE = ("title", "body", "state", "locked", "labels", "assignee", "assignees", "milestone", "comments")
_COUNTS = ("additions", "deletions", "review_comments")
_UNKNOWN = ("auto_merge", "merged_at", "merged_by", "mergeable", "closed_at")
_EDITABLE = ("title", "body", "state")


def pull(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``pull-request``; what the event told of one stays."""
    number = row["number"]
    at, web = call.at(repository.name, f"/pulls/{number}"), f"{WEB}/{repository.name}/pull/{number}"
    as_issue = issue(repository, call, repository.table("issues").get(number))
    head = _side(repository, call, row, "head")
    addresses = _addresses(call.at(repository.name), at, number, head["sha"])
    return {
        "commits": 1,
        "changed_files": 0,
        "draft": False,
        "merged": False,
        "mergeable_state": "unknown",
        "merge_commit_sha": head["sha"],
        "maintainer_can_modify": False,
        "author_association": "CONTRIBUTOR",
        **dict.fromkeys(_COUNTS, 0),
        **dict.fromkeys(_UNKNOWN),
        **row,
        **{name: as_issue[name] for name in _FROM_ISSUE},
        "labels": [{**one, "description": one["description"] or ""} for one in as_issue["labels"]],
        **addresses,
        "id": steady_id(web),
        "node_id": pull_id(repository, number),
        "url": at,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "_links": {name: {"href": place} for name, place in _links(addresses, at, web).items()},
        "user": user(call, (row.get("user") or {}).get("login") or user(call)["login"]),
        "head": head,
        "base": _side(repository, call, row, "base"),
        "requested_reviewers": [user(call, name) for name in row.get("reviewers") or ()],
        "requested_teams": [_team(repository, call, name) for name in row.get("teams") or ()],
        "created_at": row.get("created_at") or now(),
        "updated_at": row.get("updated_at") or now(),
    }


def _team(repository: Repository, call: Call, name: str) -> Facts:
    """A ``team-simple`` of the repository's owner's."""
    at, number = f"{call.api}/orgs/{repository.owner}/teams/{name}", steady_id(f"{repository.owner}/{name}")
    return {
        "id": number,
        "node_id": node_id("Team", number),
        "url": at,
        "members_url": f"{at}/members{{/member}}",
        "name": name,
        "description": None,
        "permission": "pull",
        "privacy": "closed",
        "html_url": f"{WEB}/orgs/{repository.owner}/teams/{name}",
        "repositories_url": f"{at}/repos",
        "slug": name,
        "parent": None,
        "type": "organization",
        "organization_id": steady_id(repository.owner),
    }


def pull_id(repository: Repository, number: int) -> str:
    """The opaque id by which GraphQL knows it."""
    return node_id("PullRequest", f"{repository.name}#{number}")


def _addresses(repository: str, at: str, number: int, sha: str) -> dict[str, str]:
    return {
        "issue_url": f"{repository}/issues/{number}",
        "comments_url": f"{repository}/issues/{number}/comments",
        "commits_url": f"{at}/commits",
        "review_comments_url": f"{at}/comments",
        "review_comment_url": f"{repository}/pulls/comments{{/number}}",
        "statuses_url": f"{repository}/statuses/{sha}",
    }


def _links(addresses: Mapping[str, str], at: str, web: str) -> dict[str, str]:
    return {"self": at, "html": web, **{name.removesuffix("_url"): place for name, place in addresses.items()}}


def _side(repository: Repository, call: Call, row: Facts, side: str) -> Facts:
    """The head or the base."""
    given = row.get(side) or {}
    ref = given.get("ref") or repository.scene.default_branch
    owner = (given.get("label") or "").rpartition(":")[0] or repository.owner
    return {
        "ref": ref,
        "sha": given.get("sha") or repository.commit_of(ref),
        "label": f"{owner}:{ref}",
        "user": user(call, owner),
        "repo": repository_of(repository.named, call),
    }


def find_pulls(repository: Repository, wanted: Mapping[str, str | None]) -> list[Facts]:
    """Those with this ``state`` (open ones without it), ``head`` (``owner:branch`` or a branch) and ``base``."""
    state = wanted.get("state") or "open"
    rows = [row for row in repository.table("pulls") if state in {"all", _state(repository, row)}]
    for side in ("head", "base"):
        if named := wanted.get(side):
            rows = [row for row in rows if (row.get(side) or {}).get("ref") == named.rpartition(":")[2]]
    return rows


def _state(repository: Repository, row: Facts) -> str:
    return str(repository.table("issues").get(row["number"])["state"] or "open")


def add_pull(repository: Repository, body: Facts) -> Facts:
    """A new pull request of ``head`` into ``base``. Raises ``RefusedError`` in GitHub's words."""
    owner, _, branch = str(body["head"]).rpartition(":")
    owner, base = owner or repository.owner, str(body["base"])
    sides = {"head": branch, "base": base}
    for side, name in sides.items():
        if f"refs/heads/{name}" not in repository.refs and (side == "base" or owner == repository.owner):
            raise _invalid({"resource": "PullRequest", "field": side, "code": "invalid"})
    if repository.commit_of(branch) == repository.commit_of(base):
        raise _invalid(_custom(f"No commits between {base} and {branch}"))
    if find_pulls(repository, sides):
        raise _invalid(_custom(f"A pull request already exists for {owner}:{branch}."))
    row = add_issue(repository, body)
    row["pull"] = True
    return repository.table("pulls").add(
        {
            "number": row["id"],
            "draft": bool(body.get("draft")),
            "maintainer_can_modify": bool(body.get("maintainer_can_modify")),
            "head": {"ref": branch, "sha": repository.commit_of(branch), "label": f"{owner}:{branch}"},
            "base": {"ref": base, "sha": repository.commit_of(base), "label": f"{repository.owner}:{base}"},
            "created_at": now(),
        },
        row["id"],
    )


def edit_pull(repository: Repository, number: int, body: Facts) -> Facts:
    """Another title, text, state or base. Raises ``RefusedError``."""
    row = repository.table("pulls").get(number)
    repository.table("issues").get(number).update({name: body[name] for name in _EDITABLE if body.get(name)})
    if base := body.get("base"):
        row["base"] = {"ref": base, "sha": repository.commit_of(base), "label": f"{repository.owner}:{base}"}
    row["updated_at"] = now()
    return row


def _invalid(error: Facts) -> RefusedError:
    return RefusedError(422, "Validation Failed", [error])


def _custom(message: str) -> Facts:
    return {"resource": "PullRequest", "code": "custom", "message": message}


def _list(repository: Repository, call: Call) -> Reply:
    return Reply(body=[pull(repository, call, row) for row in find_pulls(repository, call.query)])


def _create(repository: Repository, call: Call) -> Reply:
    row = add_pull(repository, call.required("title", "head", "base"))
    return Reply(status=201, body=pull(repository, call, row))


def _update(repository: Repository, call: Call) -> Reply:
    return Reply(body=pull(repository, call, edit_pull(repository, call.number, call.body)))


_ALL = "/repos/{owner}/{repo}/pulls"
_ONE = f"{_ALL}/{{number}}"
_SCOPE = "pull-requests"
ROUTES = (
    Route(method="GET", path=_ALL, answer=_list),
    Route(
        method="POST", path=_ALL, answer=_create, kind="pull-request", scope=_SCOPE, target="{head} to {base}: {title}"
    ),
    Route(method="PATCH", path=_ONE, answer=_update, kind="pull-request-edit", scope=_SCOPE, target="#{number}"),
)
