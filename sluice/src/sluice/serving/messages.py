"""What a server gets and gives: requests and responses. Plain data."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from msgspec import Struct, field


class Request(Struct, frozen=True, kw_only=True):
    """A request whose body still comes; header names are in lower case, the path is decoded, ``raw_path`` is as
    it came.
    """

    method: str
    path: str
    raw_path: str = ""
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


def json_response(value: object, status: int = 200) -> Response:
    """A JSON document."""
    body = json.dumps(value).encode()
    return Response(status=status, headers={"Content-Type": "application/json"}, body=body)
