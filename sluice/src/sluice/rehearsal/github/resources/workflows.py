"""Workflows and starting them, by hand and by ``repository_dispatch``."""

from __future__ import annotations

from sluice.github_api.calls import Call, Facts, RefusedError, Reply, not_found
from sluice.github_api.shapes import steady_id, workflow
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository


def _workflow(repository: Repository, call: Call, file: str) -> Facts:
    return workflow(repository.named, call, file, repository.scene.workflows[file])


def find_workflow(repository: Repository, name: str) -> str:
    """The file of the workflow with this number or file's name. Raises ``RefusedError``."""
    for file in repository.scene.workflows:
        if name in {str(steady_id(file)), file.rpartition("/")[2]}:
            return file
    raise not_found()


def _list(repository: Repository, call: Call) -> Reply:
    found = [_workflow(repository, call, file) for file in repository.scene.workflows]
    return Reply(body={"total_count": len(found), "workflows": found})


def _get(repository: Repository, call: Call) -> Reply:
    return Reply(body=_workflow(repository, call, find_workflow(repository, call.names["workflow"])))


def _dispatch(repository: Repository, call: Call) -> Reply:
    body, file = call.required("ref"), find_workflow(repository, call.names["workflow"])
    ref = str(body["ref"])
    if not {ref, f"refs/heads/{ref}", f"refs/tags/{ref}"} & set(repository.refs):
        raise RefusedError(422, f"No ref found for: {ref}")
    repository.table("dispatches").add({"workflow": file, "ref": ref, "inputs": body.get("inputs") or {}})
    return Reply(status=204, told={"workflow": file.rpartition("/")[2]})


def _repository_dispatch(repository: Repository, call: Call) -> Reply:
    body = call.required("event_type")
    repository.table("dispatches").add({"event": body["event_type"], "payload": body.get("client_payload") or {}})
    return Reply(status=204)


_ACTIONS = "/repos/{owner}/{repo}/actions"
_WORKFLOW = f"{_ACTIONS}/workflows/{{workflow}}"
ROUTES = (
    Route(method="GET", path=f"{_ACTIONS}/workflows", answer=_list),
    Route(method="GET", path=_WORKFLOW, answer=_get),
    Route(
        method="POST",
        path=f"{_WORKFLOW}/dispatches",
        answer=_dispatch,
        kind="workflow-start",
        scope="actions",
        target="{workflow} on {ref}",
    ),
    Route(
        method="POST",
        path="/repos/{owner}/{repo}/dispatches",
        answer=_repository_dispatch,
        kind="repository-dispatch",
        scope="contents",
        target="{event_type}",
    ),
)
