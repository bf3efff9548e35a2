"""One comment on a pull request, edited in place. In: text, a key, a job's environment. Out: what was done.

It reaches out only where the job has a token of the right name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sluice.gates.formats.markdown import is_comment_of
from sluice.github.comments import keep_comment
from sluice.github.connection import Place, RefusedByGitHubError, connect
from sluice.github.connection import find_place as find_repository
from sluice.source.errors import UnavailableError

TOKEN = "SLUICE_COMMENT_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable with the token: a name of its own, so that no other token is used by accident."""

_FORBIDDEN = 403
_HINT = "the job needs `permissions: pull-requests: write`, which a pull request of a fork doesn't get"


class PullRequest(Struct, frozen=True, kw_only=True):
    """The pull request that is commented on."""

    place: Place
    number: int


def find_place(environment: Mapping[str, str] = os.environ) -> PullRequest | None:
    """The pull request of this job; nothing outside of one, and nothing without a token."""
    place, number = find_repository(environment, TOKEN), _number(environment)
    return None if place is None or number is None else PullRequest(place=place, number=number)


def comment(pull: PullRequest, text: str, key: str) -> str:
    """Make the comment of ``key`` say ``text``; ``made``, ``edited`` or ``unchanged``.

    Raises ``UnavailableError`` when GitHub refuses or doesn't answer.
    """
    try:
        return keep_comment(connect(pull.place), pull.number, text, lambda body: is_comment_of(body, key))
    except RefusedByGitHubError as error:
        raise UnavailableError(error.message, hint=_HINT if error.status == _FORBIDDEN else error.hint) from error


def _number(environment: Mapping[str, str]) -> int | None:
    try:
        payload = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_bytes())
        return int(payload["pull_request"]["number"])
    except (KeyError, TypeError, OSError, ValueError):
        return None
