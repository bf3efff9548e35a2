"""The stand-in for GitHub behind a loopback port, for clients in tests; every exchange is checked as described."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from github_description import description

from sluice.github_api.calls import Call, Reply
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import Effect
from sluice.rehearsal.github.routing import find_route, plain_path
from sluice.rehearsal.github.state import RunAtHand, Scene
from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response

SHA = "a" * 40
TIME = "2026-11-23T19:07:00Z"
PULL = {"number": 7, "title": "Seven", "body": "It.", "state": "open", "user": {"login": "me"}, "labels": []}


@dataclass
class Served:
    """A stand-in that is served. ``failures`` are statuses (with headers) that are answered first, in order; ``delay``
    are seconds from a request that is done to its answer.
    """

    desk: Desk
    api: str = ""
    effects: list[Effect] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    delay: float = 0.0

    def ask(self, method: str, path: str, body: object = None, /, **query: str) -> tuple[int, Any]:
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
        found = find_route(call.method, plain_path(call.path))
        if found is not None:
            self.used.add((call.method, found[0].path))
            sent = json.loads(call.data) if call.data[:1] == b"{" else None
            if call.path != "/" and reply.status < 500:
                exchange = (call.path, dict(call.query)), sent, (reply.status, reply.body)
                self.problems += description().check(call.method, *exchange)
        return reply


def new_desk(folder: Path, run: RunAtHand | None = None, snapshot: Path | None = None) -> Desk:
    scene = Scene(
        repository="octo/app",
        sha=SHA,
        ref="refs/heads/main",
        default_branch="main",
        actor="me",
        snapshot=snapshot,
        pulls=(PULL,),
        issues=({"number": 9, "title": "Nine", "body": None, "state": "open", "labels": [{"name": "bug"}]},),
        comments=({"id": 90, "body": "It is.", "created_at": TIME, "updated_at": TIME},),
        workflows={".github/workflows/ci.yml": "CI"},
        run=run,
    )
    return Desk(scene, folder)


@contextmanager
def serve_hub(folder: Path) -> Iterator[Served]:
    """Answers on a loopback port until the end."""
    description()  # fetching and reading it must not count as an answer's time
    folder.mkdir(parents=True, exist_ok=True)
    served = Served(desk=new_desk(folder))

    def answer(asked: Asked) -> Response:
        if served.failures:
            status, headers = served.failures.pop(0)
            return _response(Reply(status=status, body={"message": "later"}, headers=headers))
        address = urlsplit(asked.path)
        call = Call(
            method=asked.method,
            path=unquote(address.path),
            api=served.api,
            query=dict(parse_qsl(address.query)),
            headers=asked.headers,
            data=asked.body,
        )
        response = _response(served.answer(call))
        time.sleep(served.delay)
        return response

    with answering(answer) as served.api:
        yield served


def _response(reply: Reply) -> Response:
    headers = {"Content-Type": "application/json", **reply.headers}
    return Response(
        status=reply.status, headers=headers, body=b"" if reply.body is None else json.dumps(reply.body).encode()
    )
