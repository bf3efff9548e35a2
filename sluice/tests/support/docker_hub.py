"""A stand-in for Docker Hub: a page's texts, and what is left of the pulls. Every request is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response

SECRET = "made-up-password"


@dataclass
class DockerHub:
    """What was asked; ``failures`` are answered first."""

    address: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    limits: dict[str, str] = field(default_factory=dict)

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: object
    ) -> tuple[int, object, dict[str, str]]:
        self.asked.append((method, path, body))
        if self.failures:
            return self.failures.pop(0), {}, {}
        match method, path.partition("?")[0]:
            case "POST", "/v2/auth/token":
                good = body == {"identifier": "octo", "secret": SECRET}
                return (200, {"access_token": "hub-token"}, {}) if good else (401, {}, {})
            case "PATCH", "/v2/repositories/octo/app/":
                return (200 if headers.get("authorization") == "Bearer hub-token" else 401), {}, {}
            case "GET", "/token":
                return 200, {"token": "pull-token"}, {}
            case "HEAD", "/v2/ratelimitpreview/test/manifests/latest":
                return (200 if headers.get("authorization") == "Bearer pull-token" else 401), None, self.limits
            case _:
                return 404, {}, {}


@contextmanager
def serve_docker_hub() -> Iterator[DockerHub]:
    """Answers on a loopback port until the end."""
    found = DockerHub()

    def answer(asked: Asked) -> Response:
        status, body, headers = found.answer(asked.method, asked.path, asked.headers, asked.document)
        return Response(status=status, headers=headers, body=b"" if body is None else json.dumps(body).encode())

    with answering(answer) as found.address:
        yield found
