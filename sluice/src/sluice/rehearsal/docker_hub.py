"""A stand-in for Docker Hub on loopback: anybody gets a token, and what is changed of a page is written down.

It refuses what Docker Hub refuses: a change without the token, fields that are not a page's, a README of more than
25,000 bytes, a line of more than 100 characters. ``POST /v2/auth/token`` is as docs.docker.com/reference/api/hub has
it; ``PATCH /v2/repositories/NAME/`` is described nowhere, and as everybody's clients ask it.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_PAGE = re.compile(r"/v2/repositories/[^/]+/[^/]+/")
_LONGEST = {"full_description": 25_000, "description": 100}
Change = tuple[str, dict[str, Any]]
"""A path, and what was sent there."""


def page_mistakes(body: object) -> dict[str, list[str]]:
    """By field, as Docker Hub tells them with 400."""
    if not isinstance(body, dict) or not body:
        return {"detail": ["a page has a full_description or a description"]}
    found = {name: ["is no field of a page"] for name in body.keys() - _LONGEST.keys()}
    for name in body.keys() & _LONGEST.keys():
        if len(str(body[name]).encode()) > _LONGEST[name]:
            found[name] = [f"is longer than {_LONGEST[name]:,}"]
    return found


@contextmanager
def serve_docker_hub(changes: list[Change]) -> Iterator[str]:
    """Its address, until the end; ``changes`` gets what was accepted."""
    token = secrets.token_hex(16)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self._body()
            known = self.path == "/v2/auth/token" and isinstance(body, dict) and {"identifier", "secret"} <= body.keys()
            self._answer(*((200, {"access_token": token}) if known else (400, {"detail": "not a request for a token"})))

        def do_PATCH(self) -> None:
            body = self._body()
            mistakes = page_mistakes(body)
            if self.headers.get("Authorization") != f"Bearer {token}":
                self._answer(401, {"detail": "authentication required"})
            elif not _PAGE.fullmatch(self.path):
                self._answer(404, {"detail": "object not found"})
            elif mistakes or not isinstance(body, dict):
                self._answer(400, mistakes)
            else:
                changes.append((self.path, body))
                self._answer(200, body)

        def _body(self) -> object:
            try:
                found: object = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            except ValueError:
                return None
            return found

        def _answer(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
