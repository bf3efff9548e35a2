"""Pull requests as the run's event tells of them."""

from __future__ import annotations

from sluice.rehearsal.github.calls import Call, Facts, Reply, Route
from sluice.rehearsal.github.shapes import WEB, now
from sluice.rehearsal.github.state import Repository


def pull(repository: Repository, call: Call, row: Facts) -> Facts:
    """A pull request, with this stand-in's addresses."""
    at, number = call.at(repository.name), row["number"]
    web = f"{WEB}/{repository.name}/pull/{number}"
    return {
        **row,
        "url": f"{at}/pulls/{number}",
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "issue_url": f"{at}/issues/{number}",
        "comments_url": f"{at}/issues/{number}/comments",
        "created_at": row.get("created_at") or now(),
    }


def _list(repository: Repository, call: Call) -> Reply:
    state = call.query.get("state", "open")
    rows = [row for row in repository.table("pulls") if state in {"all", row.get("state", "open")}]
    return Reply(body=[pull(repository, call, row) for row in rows])


def _get(repository: Repository, call: Call) -> Reply:
    return Reply(body=pull(repository, call, repository.table("pulls").get(call.number)))


_ALL = "/repos/{owner}/{repo}/pulls"
ROUTES = (
    Route(method="GET", path=_ALL, answer=_list),
    Route(method="GET", path=f"{_ALL}/{{number}}", answer=_get),
)
