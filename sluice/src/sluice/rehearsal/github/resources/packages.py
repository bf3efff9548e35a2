"""Packages of a user or an organization, and their clean-up."""

from __future__ import annotations

from sluice.github_api.calls import Call, Facts, Reply
from sluice.github_api.shapes import WEB
from sluice.rehearsal.github.route import Route
from sluice.rehearsal.github.state import Repository


def version(call: Call, row: Facts) -> Facts:
    """A ``package-version``."""
    kind, _, package = row["package"].partition("/")
    base = f"{call.api}{call.path.partition('/versions')[0]}"
    page = f"{WEB}/{'orgs/' if '/orgs/' in base else ''}{call.names['owner']}/packages/{kind}/package/{package}"
    return {
        **{name: row[name] for name in ("id", "name", "created_at")},
        "url": f"{base}/versions/{row['id']}",
        "package_html_url": page,
        "html_url": f"{page}/{row['id']}",
        "updated_at": row["created_at"],
        "metadata": {"package_type": kind, "container": {"tags": row["tags"]}},
    }


def _rows(owner: Repository, call: Call) -> list[Facts]:
    found = owner.table("package-versions").where(package=f"{call.names['type']}/{call.names['package']}")
    return found[::-1]


def _versions(owner: Repository, call: Call) -> Reply:
    return Reply(body=[version(call, row) for row in _rows(owner, call)])


def _version(owner: Repository, call: Call) -> Reply:
    return Reply(body=version(call, owner.table("package-versions").get(call.number)))


def _delete(owner: Repository, call: Call) -> Reply:
    owner.table("package-versions").drop(call.number)
    return Reply(status=204)


def _routes(base: str) -> tuple[Route, ...]:
    versions = f"{base}/packages/{{type}}/{{package}}/versions"
    return (
        Route(method="GET", path=versions, answer=_versions),
        Route(method="GET", path=f"{versions}/{{number}}", answer=_version),
        Route(
            method="DELETE",
            path=f"{versions}/{{number}}",
            answer=_delete,
            kind="package-deletion",
            scope="packages",
            target="{package} {number}",
        ),
    )


ROUTES = (*_routes("/orgs/{owner}"), *_routes("/users/{owner}"))
