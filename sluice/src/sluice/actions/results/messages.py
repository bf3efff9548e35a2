"""The messages of the services and the errors of the Twirp protocol. Plain data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeAlias

from sluice.serving.messages import Response, json_response

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


class ServiceError(Exception):
    """A refusal with a Twirp error code; its message is for the caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def response(self) -> Response:
        """The refusal as Twirp writes it."""
        return json_response({"code": self.code, "msg": str(self)}, status=_STATUS[self.code])


async def read_all(body: AsyncIterator[bytes], limit: int) -> bytes:
    """A small body whole; raises ``ServiceError`` past the limit."""
    data = bytearray()
    async for chunk in body:
        data += chunk
        if len(data) > limit:
            raise ServiceError("malformed", f"the request is larger than {limit} bytes")
    return bytes(data)
