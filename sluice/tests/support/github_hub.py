"""The stand-in for GitHub behind a loopback port, for clients in tests; every exchange is checked as described."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from github_description import description

from sluice.github_api.calls import Call, Reply
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import Effect
from sluice.rehearsal.github.routing import find_route
from sluice.rehearsal.github.state import Scene

SHA = "a" * 40
PULL = {"number": 7, "title": "Seven", "body": "It.", "state": "open", "user": {"login": "me"}, "labels": []}


@dataclass
class Served:
    """A stand-in that is served. ``failures`` are statuses (with headers) that are answered first, in order."""

    desk: Desk
    api: str = ""
    effects: list[Effect] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def ask(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        """One request without a socket; its status and JSON."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "authorization": "token x",
            "content-type": "text/plain" if isinstance(body, bytes) else "application/json",
        }
        reply = self.answer(Call(method=method, path=path, api=self.api, query=query, headers=headers, data=data))
        return reply.status, reply.body

    def answer(self, call: Call) -> Reply:
        """Answer, and hold the exchange against GitHub's description."""
        asker = Asker(permissions=None, record=self.effects.append, warn=self.warnings.append)
        reply = self.desk.answer(call, asker)
        self.requests.append(f"{call.method} {call.path}")
        found = find_route(call.method, call.path)
        if found is not None:
            self.used.add((call.method, found[0].path))
            sent = json.loads(call.data) if call.data[:1] == b"{" else None
            if call.path != "/" and reply.status < 500:
                exchange = (call.path, dict(call.query)), sent, (reply.status, reply.body)
                self.problems += description().check(call.method, *exchange)
        return reply


def new_desk(folder: Path) -> Desk:
    scene = Scene(
        repository="octo/app",
        sha=SHA,
        ref="refs/heads/main",
        default_branch="main",
        actor="me",
        pulls=(PULL,),
        workflows={".github/workflows/ci.yml": "CI"},
    )
    return Desk(scene, folder)


@contextmanager
def serve_hub(folder: Path) -> Iterator[Served]:
    """Answers on a loopback port until the end."""
    folder.mkdir(parents=True, exist_ok=True)
    served = Served(desk=new_desk(folder))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if served.failures:
                status, headers = served.failures.pop(0)
                self._say(Reply(status=status, body={"message": "later"}, headers=headers))
                return
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(address.query))
            method, path = self.command, unquote(address.path)
            self._say(
                served.answer(Call(method=method, path=path, api=served.api, query=query, headers=headers, data=data))
            )

        def _say(self, reply: Reply) -> None:
            data = b"" if reply.body is None else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any  # noqa: N815 - the names that http.server calls

        def log_message(self, *words: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served.api = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
