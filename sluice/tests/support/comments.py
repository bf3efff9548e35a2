"""GitHub's comments on issues, on this machine: as much as a gate's comment needs. Every request is written down."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "loopback-token"


class Comments:
    """The comments of one pull request, number 7 of ``owner/name``."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.status = 200
        self.url = ""
        self.link = ""

    def add(self, body: str, kind: str = "Bot", association: str = "NONE") -> None:
        user = {"login": "somebody", "type": kind}
        self.found.append({"id": 100 + len(self.found), "body": body, "user": user, "author_association": association})

    def answer(self, method: str, target: str, body: dict[str, str]) -> tuple[int, object]:
        self.requests.append((method, target))
        self.link = ""
        address = urlsplit(target)
        if self.status != 200:
            return self.status, {"message": "no"}
        if address.path == "/api/v3/repos/owner/name/issues/7/comments" and method == "GET":
            asked = {key: int(values[0]) for key, values in parse_qs(address.query).items()}
            size, page = asked["per_page"], asked.get("page", 1)
            more = len(self.found) > page * size
            self.link = f'<{self.url}/repos/owner/name/issues/7/comments?per_page={size}&page={page + 1}>; rel="next"'
            self.link = self.link if more else ""
            return 200, self.found[(page - 1) * size : page * size]
        if address.path == "/api/v3/repos/owner/name/issues/7/comments" and method == "POST":
            self.add(body["body"])
            return 201, self.found[-1]
        number = int(address.path.removeprefix("/api/v3/repos/owner/name/issues/comments/"))
        found = next(one for one in self.found if one["id"] == number)
        found["body"] = body["body"]
        return 200, found


@contextmanager
def serve_comments() -> Iterator[Comments]:
    """Answers on a loopback port until the end."""
    comments = Comments()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = 401, object()
            if self.headers["Authorization"] in {f"Bearer {TOKEN}", f"token {TOKEN}"}:
                status, answer = comments.answer(self.command, self.path, json.loads(text or b"{}"))
            data = json.dumps(answer if status != 401 else {}).encode()
            self.send_response(status)
            self.send_header("Link", comments.link)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815 - the names that http.server calls

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        comments.url = f"http://127.0.0.1:{server.server_port}/api/v3"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield comments
        finally:
            server.shutdown()
            thread.join()
