"""What the services get and give: requests, responses, and the errors of the Twirp protocol. Plain data."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct, field

Message: TypeAlias = Mapping[str, object]
"""A message of the protocol; the names of fields as in its definition (``workflow_run_backend_id``)."""
Method: TypeAlias = Callable[[Message], Awaitable[Message]]

_STATUS = {
    "malformed": 400,
    "invalid_argument": 400,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "bad_route": 404,
    "already_exists": 409,
    "internal": 500,
}
"""HTTP status by error code (twitchtv.github.io/twirp: errors)."""


class Request(Struct, frozen=True, kw_only=True):
    """A request whose body still comes; header names are in lower case, the path is decoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: AsyncIterator[bytes]


class Response(Struct, frozen=True, kw_only=True):
    """A response: either ``body`` or the bytes ``start`` to ``end`` (exclusive) of ``file``."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: Path | None = None
    start: int = 0
    end: int = 0


class ServiceError(Exception):
    """A refusal with a Twirp error code; its message is for the caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def response(self) -> Response:
        """The refusal as Twirp writes it."""
        return json_response({"code": self.code, "msg": str(self)}, status=_STATUS[self.code])


def json_response(value: object, status: int = 200) -> Response:
    """A JSON document."""
    body = json.dumps(value).encode()
    return Response(status=status, headers={"Content-Type": "application/json"}, body=body)


async def read_all(body: AsyncIterator[bytes], limit: int) -> bytes:
    """A small body whole; raises ``ServiceError`` past the limit."""
    data = bytearray()
    async for chunk in body:
        data += chunk
        if len(data) > limit:
            raise ServiceError("malformed", f"the request is larger than {limit} bytes")
    return bytes(data)
