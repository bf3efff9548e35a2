"""Labels and milestones of a repository."""

from __future__ import annotations

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import WEB, node_id, now, steady_id, user
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository


def label(repository: Repository, call: Call, name: str) -> Facts:
    """A ``label``; one that nobody made has GitHub's grey."""
    found = repository.table("labels").where(name=name)
    facts = found[0] if found else {"id": steady_id(name), "color": "ededed", "description": None}
    return {
        **{key: facts[key] for key in ("id", "color", "description")},
        "name": name,
        "node_id": node_id("Label", name),
        "url": call.at(repository.name, f"/labels/{name}"),
        "default": False,
    }


def milestone(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``milestone``."""
    at = call.at(repository.name, f"/milestones/{row['id']}")
    mine = repository.table("issues").where(milestone=row["id"])
    still = sum(one["state"] == "open" for one in mine)
    return {
        **{name: row[name] for name in ("id", "title", "description", "state", "due_on", "created_at")},
        "number": row["id"],
        "node_id": node_id("Milestone", row["id"]),
        "url": at,
        "html_url": f"{WEB}/{repository.name}/milestone/{row['id']}",
        "labels_url": f"{at}/labels",
        "creator": user(call),
        "open_issues": still,
        "closed_issues": len(mine) - still,
        "updated_at": row["created_at"],
        "closed_at": now() if row["state"] == "closed" else None,
    }


def _labels(repository: Repository, call: Call) -> Reply:
    return Reply(body=[label(repository, call, row["name"]) for row in repository.table("labels")])


def _get_label(repository: Repository, call: Call) -> Reply:
    repository.table("labels").first(name=call.names["name"])
    return Reply(body=label(repository, call, call.names["name"]))


def _create_label(repository: Repository, call: Call) -> Reply:
    body = call.required("name")
    if repository.table("labels").where(name=body["name"]):
        raise RefusedError(422, "Validation Failed", [{"resource": "Label", "code": "already_exists", "field": "name"}])
    facts = {"name": body["name"], "color": body.get("color") or "ededed", "description": body.get("description")}
    repository.table("labels").add(facts)
    return Reply(status=201, body=label(repository, call, body["name"]))


def _update_label(repository: Repository, call: Call) -> Reply:
    row, body = repository.table("labels").first(name=call.names["name"]), call.body
    row.update({name: body[name] for name in ("color", "description") if name in body})
    row["name"] = body.get("new_name") or row["name"]
    return Reply(body=label(repository, call, row["name"]))


def _delete_label(repository: Repository, call: Call) -> Reply:
    repository.table("labels").drop(repository.table("labels").first(name=call.names["name"])["id"])
    return Reply(status=204)


def _milestones(repository: Repository, call: Call) -> Reply:
    state = call.query.get("state", "open")
    rows = [row for row in repository.table("milestones") if state in {"all", row["state"]}]
    return Reply(body=[milestone(repository, call, row) for row in rows])


def _create_milestone(repository: Repository, call: Call) -> Reply:
    body = call.required("title")
    row = repository.table("milestones").add(
        {
            "title": body["title"],
            "description": body.get("description"),
            "state": body.get("state") or "open",
            "due_on": body.get("due_on"),
            "created_at": now(),
        }
    )
    return Reply(status=201, body=milestone(repository, call, row))


def _get_milestone(repository: Repository, call: Call) -> Reply:
    return Reply(body=milestone(repository, call, repository.table("milestones").get(call.number)))


def _update_milestone(repository: Repository, call: Call) -> Reply:
    row, body = repository.table("milestones").get(call.number), call.body
    row.update({name: body[name] for name in ("title", "description", "state", "due_on") if name in body})
    return Reply(body=milestone(repository, call, row))


def _delete_milestone(repository: Repository, call: Call) -> Reply:
    repository.table("milestones").drop(call.number)
    return Reply(status=204)


_LABELS = "/repos/{owner}/{repo}/labels"
_MILESTONES = "/repos/{owner}/{repo}/milestones"
_LABEL = f"{_LABELS}/{{name}}"
_MILESTONE = f"{_MILESTONES}/{{number}}"
ROUTES = (
    Route(method="GET", path=_LABELS, answer=_labels),
    Route(method="POST", path=_LABELS, answer=_create_label, kind="label", scope="issues", target="{name}"),
    Route(method="GET", path=_LABEL, answer=_get_label),
    Route(method="PATCH", path=_LABEL, answer=_update_label, kind="label-edit", scope="issues", target="{name}"),
    Route(method="DELETE", path=_LABEL, answer=_delete_label, kind="label-deletion", scope="issues", target="{name}"),
    Route(method="GET", path=_MILESTONES, answer=_milestones),
    Route(
        method="POST", path=_MILESTONES, answer=_create_milestone, kind="milestone", scope="issues", target="{title}"
    ),
    Route(method="GET", path=_MILESTONE, answer=_get_milestone),
    Route(
        method="PATCH",
        path=_MILESTONE,
        answer=_update_milestone,
        kind="milestone-edit",
        scope="issues",
        target="{number}",
    ),
    Route(
        method="DELETE",
        path=_MILESTONE,
        answer=_delete_milestone,
        kind="milestone-deletion",
        scope="issues",
        target="{number}",
    ),
)
