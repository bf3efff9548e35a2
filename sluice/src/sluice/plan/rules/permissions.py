"""What a job's ``GITHUB_TOKEN`` may do. In: the ``permissions`` of a job, its workflow and its callers. Out: an access
for each scope. A called workflow can keep or lower what its caller may, never raise it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sluice.workflow.model import Access, Job, Permissions, Workflow

SCOPES = (
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
)
_ORDER = (Access.NONE, Access.READ, Access.WRITE)
_READ_AT_MOST = frozenset({"models"})
_WRITE_ONLY = frozenset({"id-token"})
_RESTRICTED = frozenset({"contents", "packages"})


def effective_permissions(
    job: Job,
    workflow: Workflow,
    *,
    allowed: Mapping[str, Access] | None = None,
    default: Literal["restricted", "permissive"] = "restricted",
) -> dict[str, Access]:
    """The access of a job's token in every scope.

    The job's own ``permissions`` replace the workflow's; a scope they do not name is ``none``. Without either the
    repository's default holds: ``restricted`` reads contents and packages, ``permissive`` writes everything.
    ``allowed`` is what a calling job may itself.
    """
    named = job.permissions or workflow.permissions
    if named is None:
        return dict(allowed) if allowed is not None else _default(default)
    asked = _named(named)
    return asked if allowed is None else {scope: _lower(asked[scope], allowed[scope]) for scope in SCOPES}


def describe_permissions(permissions: Mapping[str, Access]) -> str:
    """The permissions in one line: ``contents: read, packages: write``; ``none`` when there are none."""
    granted = [f"{scope}: {access.value}" for scope, access in permissions.items() if access is not Access.NONE]
    return ", ".join(granted) or "none"


def _named(permissions: Permissions) -> dict[str, Access]:
    if permissions.everything is not None:
        return _everything(permissions.everything)
    return {scope: permissions.scopes.get(scope, Access.NONE) for scope in SCOPES}


def _everything(access: Access) -> dict[str, Access]:
    return {scope: _clamp(scope, access) for scope in SCOPES}


def _clamp(scope: str, access: Access) -> Access:
    if scope in _READ_AT_MOST:
        return _lower(access, Access.READ)
    if scope in _WRITE_ONLY:
        return access if access is Access.WRITE else Access.NONE
    return access


def _default(policy: Literal["restricted", "permissive"]) -> dict[str, Access]:
    if policy == "permissive":
        return {**_everything(Access.WRITE), "id-token": Access.NONE}
    return {scope: Access.READ if scope in _RESTRICTED else Access.NONE for scope in SCOPES}


def _lower(one: Access, other: Access) -> Access:
    return min(one, other, key=_ORDER.index)
