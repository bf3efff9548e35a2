"""The site of a repository (GitHub Pages), and its deployments, which are done as soon as they are asked for."""

from __future__ import annotations

from sluice.github_api.calls import Call, RefusedError, Reply
from sluice.github_api.shapes import site_address
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository


def _site(repository: Repository, call: Call) -> Reply:
    address = site_address(repository.name)
    body = {"url": call.at(repository.name, "/pages"), "status": "built", "html_url": address, "build_type": "workflow"}
    return Reply(body={**body, "cname": None, "custom_404": False, "public": True, "https_enforced": True})


def _deploy(repository: Repository, call: Call) -> Reply:
    body = call.required("pages_build_version")
    if not (body.get("artifact_id") or body.get("artifact_url")):
        raise RefusedError(400, "Either artifact_id or artifact_url is needed")
    version = str(body["pages_build_version"])
    repository.table("pages-deployments").add({"version": version})
    at = call.at(repository.name, f"/pages/deployments/{version}")
    return Reply(body={"id": version, "status_url": at, "page_url": site_address(repository.name)})


def _status(repository: Repository, call: Call) -> Reply:
    if not repository.table("pages-deployments").where(version=call.names["version"]):
        raise RefusedError(404, "Not Found")
    return Reply(body={"status": "succeed"})


_ALL = "/repos/{owner}/{repo}/pages"
ROUTES = (
    Route(method="GET", path=_ALL, answer=_site),
    Route(
        method="POST",
        path=f"{_ALL}/deployments",
        answer=_deploy,
        kind="pages-deployment",
        scope="pages",
        target="{pages_build_version}",
    ),
    Route(method="GET", path=f"{_ALL}/deployments/{{version}}", answer=_status),
)
