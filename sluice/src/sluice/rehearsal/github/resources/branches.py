"""The branches that there are by now. Nothing is known here of what protects them."""

from __future__ import annotations

from msgspec.structs import replace

from sluice.github_api.calls import Call, Facts, RefusedError, Reply
from sluice.github_api.shapes import WEB
from sluice.rehearsal.github.copy import commit_at
from sluice.rehearsal.github.resources.commits import commits_in
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository

_HEADS = "refs/heads/"
_NO_CHECKS = {"enforcement_level": "off", "contexts": [], "checks": []}


def _list(repository: Repository, call: Call) -> Reply:
    names = sorted(ref.removeprefix(_HEADS) for ref in repository.refs if ref.startswith(_HEADS))
    shown = [] if call.query.get("protected") == "true" else names
    return Reply(body=[_branch(repository, call, name) for name in shown])


def _branch(repository: Repository, call: Call, name: str) -> Facts:
    sha = repository.refs[_HEADS + name]
    return {
        "name": name,
        "commit": {"sha": sha, "url": call.at(repository.name, f"/commits/{sha}")},
        "protected": False,
        "protection": {"enabled": False, "required_status_checks": _NO_CHECKS},
        "protection_url": call.at(repository.name, f"/branches/{name}/protection"),
    }


def _get(repository: Repository, call: Call) -> Reply:
    name = call.names["branch"]
    if _HEADS + name not in repository.refs:
        doubt = f"was answered 404: no branch here is '{name}'"
        return replace(RefusedError(404, "Branch not found").reply, doubt=doubt)
    sha = commit_at(repository, _HEADS + name)
    links = {"self": call.at(repository.name, f"/branches/{name}"), "html": f"{WEB}/{repository.name}/tree/{name}"}
    (commit,) = commits_in(repository, call, "--max-count=1", sha)
    return Reply(body={**_branch(repository, call, name), "commit": commit, "_links": links})


_ALL = "/repos/{owner}/{repo}/branches"
ROUTES = (
    Route(method="GET", path=_ALL, answer=_list),
    Route(method="GET", path=f"{_ALL}/{{branch...}}", answer=_get),
)
