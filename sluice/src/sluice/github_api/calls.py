"""A request to GitHub's API and its answer. Plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from sluice.source.numbers import whole_number

Facts = dict[str, Any]
"""A resource as it is kept, or as JSON; the names of fields are GitHub's."""
DESCRIPTION = "https://docs.github.com/rest"


class Call(Struct, frozen=True, kw_only=True):
    """A request; ``api`` is where the caller finds the API, ``names`` the variable parts of the path."""

    method: str
    path: str
    api: str
    names: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""

    @property
    def body(self) -> Facts:
        """The JSON object that came with it. Raises ``RefusedError``."""
        if not self.data.strip():
            return {}
        try:
            document = json.loads(self.data)
        except ValueError as error:
            raise RefusedError(400, "Problems parsing JSON") from error
        if not isinstance(document, dict):
            raise RefusedError(400, "Body should be a JSON object")
        return document

    @property
    def number(self) -> int:
        """The number in the path. Raises ``RefusedError``."""
        number = whole_number(self.names.get("number", ""))
        if number is None:
            raise RefusedError(404, "Not Found")
        return number

    def required(self, *names: str) -> Facts:
        """The body, when it has these fields. Raises ``RefusedError`` as GitHub does (422)."""
        body = self.body
        missing = [name for name in names if body.get(name) is None or body[name] == ""]
        if missing:
            errors = [{"resource": "Request", "code": "missing_field", "field": name} for name in missing]
            raise RefusedError(422, "Validation Failed", errors)
        return body

    def at(self, repository: str, place: str = "") -> str:
        """The address of a resource of a repository."""
        return f"{self.api}/repos/{repository}{place}"


class Reply(Struct, frozen=True, kw_only=True):
    """An answer; ``body`` becomes JSON, a list one page of it, ``None`` nothing; ``told`` are words for its target.

    ``doubt`` says what may be otherwise on GitHub.
    """

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


class RefusedError(Exception):
    """A refusal with GitHub's status and words."""

    def __init__(self, status: int, message: str, errors: list[Facts] | list[str] | None = None) -> None:
        super().__init__(message)
        self.reply = Reply(
            status=status,
            body={
                "message": message,
                **({"errors": errors} if errors else {}),
                "documentation_url": DESCRIPTION,
                "status": str(status),
            },
        )


def not_found() -> RefusedError:
    """What GitHub says of whatever isn't there."""
    return RefusedError(404, "Not Found")
