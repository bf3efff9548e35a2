"""Deployments and their statuses."""

from __future__ import annotations

from sluice.github_api.calls import Call, Facts, Reply
from sluice.github_api.shapes import deployment, node_id, now, user
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository


def status(repository: Repository, call: Call, row: Facts) -> Facts:
    """A ``deployment-status``."""
    at = call.at(repository.name, f"/deployments/{row['deployment']}")
    return {
        **{name: value for name, value in row.items() if name != "deployment"},
        "node_id": node_id("DeploymentStatus", row["id"]),
        "url": f"{at}/statuses/{row['id']}",
        "deployment_url": at,
        "repository_url": call.at(repository.name),
        "target_url": row["log_url"],
        "creator": user(call),
        "updated_at": row["created_at"],
    }


def _list(repository: Repository, call: Call) -> Reply:
    wanted = {name: call.query[name] for name in ("sha", "ref", "task", "environment") if name in call.query}
    rows = repository.table("deployments").where(**wanted)[::-1]
    return Reply(body=[deployment(repository.named, call, row) for row in rows])


def _create(repository: Repository, call: Call) -> Reply:
    body = call.required("ref")
    row = repository.table("deployments").add(
        {
            "sha": repository.commit_of(str(body["ref"])),
            "ref": body["ref"],
            "task": body.get("task") or "deploy",
            "payload": body.get("payload") or {},
            "environment": body.get("environment") or "production",
            "description": body.get("description"),
            "transient_environment": bool(body.get("transient_environment", False)),
            "production_environment": bool(body.get("production_environment", False)),
            "created_at": now(),
        }
    )
    return Reply(status=201, body=deployment(repository.named, call, row))


def _get(repository: Repository, call: Call) -> Reply:
    return Reply(body=deployment(repository.named, call, repository.table("deployments").get(call.number)))


def _delete(repository: Repository, call: Call) -> Reply:
    repository.table("deployments").drop(call.number)
    return Reply(status=204)


def _statuses(repository: Repository, call: Call) -> Reply:
    repository.table("deployments").get(call.number)
    rows = repository.table("deployment-statuses").where(deployment=call.number)[::-1]
    return Reply(body=[status(repository, call, row) for row in rows])


def _add_status(repository: Repository, call: Call) -> Reply:
    body, parent = call.required("state"), repository.table("deployments").get(call.number)
    row = repository.table("deployment-statuses").add(
        {
            "deployment": call.number,
            "state": body["state"],
            "description": body.get("description") or "",
            "environment": body.get("environment") or parent["environment"],
            "environment_url": body.get("environment_url") or "",
            "log_url": body.get("log_url") or body.get("target_url") or "",
            "created_at": now(),
        }
    )
    return Reply(status=201, body=status(repository, call, row), told={"environment": row["environment"]})


_ALL = "/repos/{owner}/{repo}/deployments"
_ONE = f"{_ALL}/{{number}}"
_SCOPE = "deployments"
ROUTES = (
    Route(method="GET", path=_ALL, answer=_list),
    Route(method="POST", path=_ALL, answer=_create, kind="deployment", scope=_SCOPE, target="{environment}"),
    Route(method="GET", path=_ONE, answer=_get),
    Route(method="DELETE", path=_ONE, answer=_delete, kind="deployment-deletion", scope=_SCOPE, target="{number}"),
    Route(method="GET", path=f"{_ONE}/statuses", answer=_statuses),
    Route(
        method="POST",
        path=f"{_ONE}/statuses",
        answer=_add_status,
        kind="deployment-status",
        scope=_SCOPE,
        target="{environment} {state}",
    ),
)
