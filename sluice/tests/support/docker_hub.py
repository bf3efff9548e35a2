"""A stand-in for Docker Hub: a page's texts, and what is left of the pulls. Every request is written down."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "made-up-password"


@dataclass
class DockerHub:
    """What was asked; ``failures`` are answered first."""

    address: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    limits: dict[str, str] = field(default_factory=dict)

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, object, dict[str, str]]:  # noqa: ANN401
        self.asked.append((method, path, body))
        if self.failures:
            return self.failures.pop(0), {}, {}
        match method, path.partition("?")[0]:
            case "POST", "/v2/auth/token":
                good = body == {"identifier": "octo", "secret": SECRET}
                return (200, {"access_token": "hub-token"}, {}) if good else (401, {}, {})
            case "PATCH", "/v2/repositories/octo/app/":
                return (200 if headers.get("Authorization") == "Bearer hub-token" else 401), {}, {}
            case "GET", "/token":
                return 200, {"token": "pull-token"}, {}
            case "HEAD", "/v2/ratelimitpreview/test/manifests/latest":
                return (200 if headers.get("Authorization") == "Bearer pull-token" else 401), None, self.limits
            case _:
                return 404, {}, {}


@contextmanager
def serve_docker_hub() -> Iterator[DockerHub]:
    """Answers on a loopback port until the end."""
    found = DockerHub()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body, headers = found.answer(
                self.command, self.path, dict(self.headers.items()), json.loads(data or b"null")
            )
            text = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_HEAD = handle_any  # noqa: N815 - the names that http.server calls

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
