"""One comment on a pull request, edited in place. In: text, a key, a job's environment. Out: what was done.

It reaches out only where the job has a token. Comments are found by the marker they begin with, among those of bots
and of members: a stranger's comment with the marker isn't taken for ours.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sluice.gates.formats.markdown import is_comment_of
from sluice.source.errors import UnavailableError

TOKEN = "SLUICE_COMMENT_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable with the token: a name of its own, so that no other token is used by accident."""
_SECONDS = 20
_PAGE = 100
_PAGES = 30
_TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The pull request that is commented on, and the token that is used for it."""

    api: str
    repository: str
    number: int
    token: str = field(repr=False)


def find_place(environment: Mapping[str, str] = os.environ) -> Place | None:
    """The pull request of this job; nothing outside of one, and nothing without a token."""
    token, repository = environment.get(TOKEN), environment.get("GITHUB_REPOSITORY")
    number = _number(environment)
    if not token or not repository or number is None:
        return None
    api = environment.get("GITHUB_API_URL") or "https://api.github.com"
    return Place(api=api, repository=repository, number=number, token=token)


def comment(place: Place, text: str, key: str) -> str:
    """Make the comment of ``key`` say ``text``; ``made``, ``edited`` or ``unchanged``.

    Raises ``UnavailableError`` when GitHub refuses or doesn't answer.
    """
    ours = next((one for one in _comments(place) if _is_ours(one, key)), None)
    if ours is None:
        _call(place, "POST", f"/repos/{place.repository}/issues/{place.number}/comments", {"body": text})
        return "made"
    if str(ours["body"]).strip() == text.strip():
        return "unchanged"
    _call(place, "PATCH", f"/repos/{place.repository}/issues/comments/{int(ours['id'])}", {"body": text})
    return "edited"


def _number(environment: Mapping[str, str]) -> int | None:
    try:
        payload = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_bytes())
        return int(payload["pull_request"]["number"])
    except (KeyError, TypeError, OSError, ValueError):
        return None


def _comments(place: Place) -> Iterator[dict[str, Any]]:
    for page in range(1, _PAGES + 1):
        path = f"/repos/{place.repository}/issues/{place.number}/comments?per_page={_PAGE}&page={page}"
        found = _call(place, "GET", path)
        if not isinstance(found, list):
            raise UnavailableError("GitHub answered with something else than comments")
        yield from (one for one in found if isinstance(one, dict))
        if len(found) < _PAGE:
            return


def _is_ours(found: dict[str, Any], key: str) -> bool:
    user = found.get("user") or {}
    trusted = user.get("type") == "Bot" or found.get("author_association") in _TRUSTED
    return trusted and is_comment_of(str(found.get("body") or ""), key)


def _call(place: Place, method: str, path: str, body: object = None) -> object:
    """One request; its answer's JSON."""
    api = urlsplit(place.api)
    kind = http.client.HTTPConnection if api.scheme == "http" else http.client.HTTPSConnection
    connection = kind(api.netloc, timeout=_SECONDS)
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {place.token}",
        "Content-Type": "application/json",
        "User-Agent": "sluice",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    try:
        connection.request(method, api.path.rstrip("/") + path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= http.client.MULTIPLE_CHOICES:
            raise UnavailableError(f"GitHub refused the comment: {answer.status} {answer.reason}", hint=_HINT)
        return json.loads(text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnavailableError(f"GitHub can't be asked about comments: {error}") from error
    finally:
        connection.close()


_HINT = "the job needs `permissions: pull-requests: write`, which a pull request of a fork doesn't get"
