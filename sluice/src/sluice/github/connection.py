"""A connection to one repository. PyGithub (``sluice-ci[github]``) is loaded when a connection is made.

Requests that fail by the network or by 5xx are repeated with growing pauses; the primary limit of rate is waited for
until it is reset, a secondary one a minute (docs.github.com: best practices). ``Hub.call`` and ``Hub.pages`` are for
what PyGithub has no name for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sluice.source.errors import UnavailableError

if TYPE_CHECKING:
    from github import Github
    from github.Repository import Repository

API = "https://api.github.com"
RETRIES, PAUSE_SECONDS, SECONDARY_WAIT_SECONDS = 5, 0.5, 60
_SECONDS = 30
_LONGEST_WAIT_SECONDS = 900
_PAGE = 100
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository of a GitHub, and the token that is used there."""

    repository: str
    token: str = field(repr=False)
    api: str = API


def find_place(environment: Mapping[str, str] = os.environ, token: str = "GITHUB_TOKEN") -> Place | None:  # noqa: S107 - a name
    """The place of a job's environment; nothing without a repository or a token. ``token`` names the variable."""
    given, repository = environment.get(token), environment.get("GITHUB_REPOSITORY")
    if not given or not repository:
        return None
    return Place(repository=repository, token=given, api=environment.get("GITHUB_API_URL") or API)


class Hub:
    """A place that can be asked and told. Every method raises ``UnavailableError`` when GitHub refuses or is away."""

    def __init__(self, place: Place, client: Github) -> None:
        self.place = place
        self._client = client

    @property
    def repository(self) -> Repository:
        """PyGithub's view of it; nothing is fetched for it."""
        return self._client.get_repo(self.place.repository)

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """One request; its answer's JSON, ``None`` where there is none. ``path`` begins with ``/``."""
        with refusals(f"{method} {path}"):
            _, answer = self._client.requester.requestJsonAndCheck(method, path, input=body)
            return answer

    def pages(self, path: str, parameters: Mapping[str, str] | None = None, *, sized: bool = True) -> Iterator[Any]:
        """The entries of a list, page by page, as many as there are; ``sized`` where its size may be asked for."""
        asked, following = {**({"per_page": str(_PAGE)} if sized else {}), **(parameters or {})}, path
        while following:
            with refusals(f"GET {path}"):
                headers, rows = self._client.requester.requestJsonAndCheck("GET", following, parameters=asked)
            yield from rows
            following, asked = _next(headers.get("link", "")), {}


def connect(place: Place, *, retries: int = RETRIES, seconds: int = _SECONDS) -> Hub:
    """A connection; nothing is sent yet. ``seconds`` is how long an answer may take.

    Raises ``UnavailableError`` without PyGithub.
    """
    try:
        from github import Auth, Github  # noqa: PLC0415 (half a second, for those who publish)

        from sluice.github.retrying import METHODS, Repeating  # noqa: PLC0415 (it loads PyGithub)
    except ImportError as error:
        raise UnavailableError(
            "PyGithub, which speaks to GitHub, is not installed", hint="pip install 'sluice-ci[github]'"
        ) from error
    near = urlsplit(place.api).hostname in _LOOPBACK
    retry = Repeating(
        total=retries,
        backoff_factor=0 if near else PAUSE_SECONDS,
        secondary_rate_wait=0 if near else SECONDARY_WAIT_SECONDS,
        max_rate_limit_wait=_LONGEST_WAIT_SECONDS,
        allowed_methods=METHODS,
    )
    client = Github(
        base_url=place.api.rstrip("/"),
        auth=Auth.Token(place.token),
        timeout=seconds,
        per_page=_PAGE,
        retry=retry,
        user_agent="sluice",
        seconds_between_requests=0,
        seconds_between_writes=0 if near else 1,
        lazy=True,
    )
    return Hub(place, client)


@contextmanager
def refusals(what: str) -> Iterator[None]:
    """GitHub's refusals and silences as errors of ours, with what was asked, never with the token."""
    import requests  # noqa: PLC0415 (it comes with PyGithub)
    from github import GithubException  # noqa: PLC0415 (loaded by now)

    try:
        yield
    except GithubException as error:
        raise RefusedByGitHubError(what, error.status, error.data) from error
    except requests.exceptions.ReadTimeout as error:
        raise UnavailableError(
            f"GitHub did not answer {what} in time",
            hint="it may have been done all the same: look before it is repeated",
        ) from error
    except requests.exceptions.RequestException as error:
        raise UnavailableError(f"GitHub can't be asked for {what}: {_reason(error)}") from error


class RefusedByGitHubError(UnavailableError):
    """GitHub said no; ``status`` is HTTP's."""

    def __init__(self, what: str, status: int, data: object) -> None:
        self.status = status
        super().__init__(f"GitHub refused {what}: {status} {_words(data)}".rstrip(), hint=_HINTS.get(status))


_HINTS = {
    401: "the token is not valid here, or has expired",
    403: "the job needs the permission for it under `permissions:`, which a pull request of a fork doesn't get",
    404: "it isn't there, or the token may not see it",
}


def _words(data: object) -> str:
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors") or ()
    details = [
        " ".join(str(one.get(key, "")) for key in ("field", "code", "message")).strip()
        for one in errors
        if isinstance(one, dict)
    ]
    return ": ".join([str(data.get("message", "")), *filter(None, [", ".join(details)])])


def _reason(error: Exception) -> str:
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(cause) or type(cause).__name__


def _next(link: str) -> str:
    for part in link.split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return address.strip().strip("<>")
    return ""
