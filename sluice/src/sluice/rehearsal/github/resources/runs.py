"""The run that goes on: itself, its jobs, its artifacts. Of other runs GitHub may know; a rehearsal doesn't."""

from __future__ import annotations

from msgspec.structs import replace

from sluice.github_api.calls import Call, Facts, Reply, not_found
from sluice.github_api.paging import listed
from sluice.rehearsal.github.resources.workflows import find_workflow
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository, RunAtHand


def _list(repository: Repository, call: Call) -> Reply:
    run = repository.scene.run if repository.is_own else None
    found = run.runs(repository.named, call) if run else []
    file = find_workflow(repository, call.names["workflow"]) if "workflow" in call.names else None
    return listed(call, "workflow_runs", [one for one in found if file in {None, one["path"]}])


def _this(repository: Repository, call: Call) -> RunAtHand:
    """The run that the address names. Raises ``RefusedError``."""
    run = repository.scene.run if repository.is_own else None
    if run is None or call.names["run"] != str(run.number):
        raise not_found()
    return run


def _get(repository: Repository, call: Call) -> Reply:
    (found,) = _this(repository, call).runs(repository.named, replace(call, query={}))
    if call.names.get("attempt", "") not in {"", str(found["run_attempt"])}:
        raise not_found()
    return Reply(body=found)


def _jobs(repository: Repository, call: Call) -> Reply:
    _get(repository, call)
    return listed(call, "jobs", _this(repository, call).jobs(repository.named, call))


def _job(repository: Repository, call: Call) -> Reply:
    run = repository.scene.run if repository.is_own else None
    return Reply(body=_numbered(run.jobs(repository.named, call) if run else [], call.number))


def _artifacts(repository: Repository, call: Call) -> Reply:
    name = call.query.get("name")
    found = _this(repository, call).artifacts(repository.named, call)
    return listed(call, "artifacts", [one for one in found if name in {None, one["name"]}])


def _numbered(found: list[Facts], number: int) -> Facts:
    for one in found:
        if one["id"] == number:
            return one
    raise not_found()


_ACTIONS = "/repos/{owner}/{repo}/actions"
_RUN = f"{_ACTIONS}/runs/{{run}}"
ROUTES = (
    Route(method="GET", path=f"{_ACTIONS}/runs", answer=_list),
    Route(method="GET", path=f"{_ACTIONS}/workflows/{{workflow}}/runs", answer=_list),
    Route(method="GET", path=_RUN, answer=_get),
    Route(method="GET", path=f"{_RUN}/attempts/{{attempt}}", answer=_get),
    Route(method="GET", path=f"{_RUN}/jobs", answer=_jobs),
    Route(method="GET", path=f"{_RUN}/attempts/{{attempt}}/jobs", answer=_jobs),
    Route(method="GET", path=f"{_ACTIONS}/jobs/{{number}}", answer=_job),
    Route(method="GET", path=f"{_RUN}/artifacts", answer=_artifacts),
)
