"""Commit statuses and check runs."""

from __future__ import annotations

from sluice.github_api.calls import Call, Facts, Reply
from sluice.github_api.shapes import WEB, node_id, now, short_repository, steady_id, user
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_OUTPUT = ("title", "summary", "text")


def status(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``status``."""
    return {
        **{name: row[name] for name in ("id", "state", "description", "target_url", "context", "created_at")},
        "node_id": node_id("Status", row["id"]),
        "url": call.at(repository.name, f"/statuses/{row['sha']}"),
        "avatar_url": f"{WEB}/github-actions.png",
        "creator": user(call),
        "updated_at": row["created_at"],
    }


def check(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``check-run``."""
    at = call.at(repository.name, f"/check-runs/{row['id']}")
    output = row["output"]
    return {
        **{name: value for name, value in row.items() if name != "output"},
        "node_id": node_id("CheckRun", row["id"]),
        "url": at,
        "html_url": f"{WEB}/{repository.name}/runs/{row['id']}",
        "check_suite": {"id": steady_id(row["head_sha"])},
        "app": None,
        "pull_requests": [],
        "output": {
            **{name: output.get(name) for name in _OUTPUT},
            "annotations_count": row["annotations"],
            "annotations_url": f"{at}/annotations",
        },
    }


def _create_status(repository: Repository, call: Call) -> Reply:
    body = call.required("state")
    row = repository.table("statuses").add(
        {
            "sha": call.names["sha"],
            "state": body["state"],
            "description": body.get("description"),
            "target_url": body.get("target_url"),
            "context": body.get("context") or "default",
            "created_at": now(),
        }
    )
    return Reply(status=201, body=status(repository, call, row))


def _statuses(repository: Repository, call: Call) -> Reply:
    sha = repository.commit_of(call.names["ref"])
    rows = repository.table("statuses").where(sha=sha)[::-1]
    return Reply(body=[status(repository, call, row) for row in rows])


def _combined(repository: Repository, call: Call) -> Reply:
    sha = repository.commit_of(call.names["ref"])
    latest = {row["context"]: row for row in repository.table("statuses").where(sha=sha)}
    states = {row["state"] for row in latest.values()}
    failed = bool(states & {"failure", "error"})
    at = call.at(repository.name, f"/commits/{sha}")
    shapes = [status(repository, call, row) for row in latest.values()]
    return Reply(
        body={
            "state": "failure" if failed else "success" if states == {"success"} else "pending",
            "statuses": [{name: one[name] for name in one if name != "creator"} for one in shapes],
            "sha": sha,
            "total_count": len(shapes),
            "repository": short_repository(repository.named, call),
            "commit_url": at,
            "url": f"{at}/status",
        }
    )


def _create_check(repository: Repository, call: Call) -> Reply:
    body = call.required("name", "head_sha")
    row = repository.table("checks").add(
        {
            "name": body["name"],
            "head_sha": body["head_sha"],
            "external_id": body.get("external_id"),
            "details_url": body.get("details_url"),
            "status": "completed" if body.get("conclusion") else body.get("status") or "queued",
            "conclusion": body.get("conclusion"),
            "started_at": body.get("started_at") or now(),
            "completed_at": body.get("completed_at"),
            "output": {},
            "annotations": 0,
        }
    )
    _take(row, body)
    return Reply(status=201, body=check(repository, call, row))


def _take(row: Facts, body: Facts) -> None:
    """Outputs are laid over, annotations add up."""
    output = body.get("output") or {}
    row["output"] = {**row["output"], **{name: output[name] for name in _OUTPUT if name in output}}
    row["annotations"] += len(output.get("annotations") or ())
    if row["status"] == "completed" and row["completed_at"] is None:
        row["completed_at"] = now()


def _update_check(repository: Repository, call: Call) -> Reply:
    row, body = repository.table("checks").get(call.number), call.body
    fields = ("name", "details_url", "external_id", "status", "conclusion", "started_at", "completed_at")
    row.update({name: body[name] for name in fields if name in body})
    if body.get("conclusion"):
        row["status"] = "completed"
    _take(row, body)
    return Reply(body=check(repository, call, row), told={"name": row["name"]})


def _get_check(repository: Repository, call: Call) -> Reply:
    return Reply(body=check(repository, call, repository.table("checks").get(call.number)))


def _checks(repository: Repository, call: Call) -> Reply:
    sha = repository.commit_of(call.names["ref"])
    rows = repository.table("checks").where(head_sha=sha)
    named = [row for row in rows if call.query.get("check_name", row["name"]) == row["name"]]
    return Reply(
        body={"total_count": len(named), "check_runs": [check(repository, call, row) for row in named]},
    )


_REPOSITORY = "/repos/{owner}/{repo}"
_ONE = f"{_REPOSITORY}/check-runs/{{number}}"
ROUTES = (
    Route(
        method="POST",
        path=f"{_REPOSITORY}/statuses/{{sha}}",
        answer=_create_status,
        kind="status",
        scope="statuses",
        target="{context}",
    ),
    Route(method="GET", path=f"{_REPOSITORY}/commits/{{ref}}/statuses", answer=_statuses),
    Route(method="GET", path=f"{_REPOSITORY}/commits/{{ref}}/status", answer=_combined),
    Route(method="GET", path=f"{_REPOSITORY}/commits/{{ref}}/check-runs", answer=_checks),
    Route(
        method="POST",
        path=f"{_REPOSITORY}/check-runs",
        answer=_create_check,
        kind="check",
        scope="checks",
        target="{name}",
    ),
    Route(method="GET", path=_ONE, answer=_get_check),
    Route(method="PATCH", path=_ONE, answer=_update_check, kind="check-edit", scope="checks", target="{name}"),
)
