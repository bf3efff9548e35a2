"""What is repeated. PyGithub is loaded here: only ``connect`` imports this.

A POST that GitHub got and did not answer in time may have been done: repeated, it would make a second comment, or be
told that the release is there already. So it is not repeated, and its error says so.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from github import GithubRetry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError
from urllib3.response import BaseHTTPResponse

METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"})


class Repeating(GithubRetry):
    """PyGithub's rules, without a POST whose answer is lost."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """The rules for the next try. Raises what happened when there is none."""
        if method == "POST" and isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)  # type: ignore[arg-type,return-value]
