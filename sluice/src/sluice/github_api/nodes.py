"""Nodes as GitHub's GraphQL has them, as much of them as ``gh`` asks for (docs.github.com/graphql/reference)."""

from __future__ import annotations

from typing import Any

from sluice.github_api.calls import Facts
from sluice.github_api.shapes import BOT, WEB, NamedRepository, node_id


def viewer() -> Facts:
    """The ``User`` whose token asks."""
    return {"login": BOT, "id": node_id("User", BOT)}


def owner(repository: NamedRepository) -> Facts:
    """A ``RepositoryOwner``."""
    return {"id": node_id("User", repository.owner), "login": repository.owner}


def connection(nodes: list[Any]) -> Facts:
    """All ``nodes`` on one page."""
    return {"nodes": nodes, "totalCount": len(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}}


def repository(named: NamedRepository) -> Facts:
    """A ``Repository`` without issues, pull requests and labels."""
    return {
        "id": node_id("Repository", named.name),
        "name": named.name.partition("/")[2],
        "nameWithOwner": named.name,
        "owner": owner(named),
        "url": f"{WEB}/{named.name}",
        "description": "",
        "isPrivate": False,
        "hasIssuesEnabled": True,
        "hasWikiEnabled": True,
        "viewerPermission": "WRITE",
        "defaultBranchRef": {"name": named.default_branch},
        "parent": None,
        **dict.fromkeys(("mergeCommitAllowed", "rebaseMergeAllowed", "squashMergeAllowed"), True),
        **dict.fromkeys(("issue", "pullRequest", "issueOrPullRequest", "label")),
        **dict.fromkeys(("pullRequests", "labels"), connection([])),
    }
