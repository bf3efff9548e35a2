"""From a method and a path to the route that answers. Built once in a process, when the first request comes."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from urllib.parse import unquote

from sluice.github_api.calls import Call, RefusedError
from sluice.rehearsal.github.resources import (
    branches,
    checks,
    commits,
    contents,
    deployments,
    file_changes,
    issues,
    objects,
    packages,
    pages,
    planning,
    pull_changes,
    pulls,
    releases,
    repositories,
    reviews,
    runs,
    search,
    security,
    tag_objects,
    workflows,
)
from sluice.rehearsal.github.route import Route

_PARTS = (
    releases,
    deployments,
    checks,
    planning,
    issues,
    pulls,
    pull_changes,
    reviews,
    search,
    branches,
    commits,
    contents,
    file_changes,
    objects,
    tag_objects,
    security,
    workflows,
    runs,
    packages,
    pages,
    repositories,
)
_PREFIXES = re.compile(r"^/api/(v3|uploads)(?=/|$)")
"""What GitHub Enterprise Server puts before its paths, and so do clients that take this for one."""
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def plain_path(path: str) -> str:
    """The path as api.github.com has it."""
    return _PREFIXES.sub("", path).rstrip("/") or "/"


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route and the variable parts of the path, which is as it came: a slash within a part is written ``%2F``."""
    for route, pattern in _routes():
        if route.method == method and (found := pattern.fullmatch(path)):
            return route, {name: unquote(part) for name, part in found.groupdict().items()}
    return None


def refusal_of(permissions: Mapping[str, str] | None, route: Route) -> str | None:
    """What a job's token lacks for a change, as a line of its ``permissions``; ``None`` when it may.

    ``permissions`` is ``None`` where the workflow says nothing: the repository's settings decide then.
    """
    if permissions is None or not route.scope:
        return None
    scopes = route.scope.split("|")
    return None if any(permissions.get(scope) == "write" for scope in scopes) else f"{scopes[-1]}: write"


@functools.cache
def _routes() -> tuple[tuple[Route, re.Pattern[str]], ...]:
    return tuple((route, _pattern(route.path)) for part in _PARTS for route in part.ROUTES)


def _pattern(path: str) -> re.Pattern[str]:
    def part(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"

    return re.compile(re.sub(r"\{(\w+)(\.\.\.)?\}", part, path))


def unknown(call: Call) -> RefusedError:
    """What isn't rehearsed says so, and is never taken for done."""
    if call.method not in CHANGES:
        return RefusedError(404, "Not Found")
    return RefusedError(501, f"The rehearsal has no stand-in for {call.method} {call.path}: it was recorded, not done")
