"""GitHub's comments on issues, on this machine: as much as a gate's comment needs. Every request is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response, json_response

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

    def answer(asked: Asked) -> Response:
        if asked.headers.get("authorization") not in {f"Bearer {TOKEN}", f"token {TOKEN}"}:
            return json_response({}, 401)
        status, body = comments.answer(asked.method, asked.path, json.loads(asked.body or b"{}"))
        reply = json_response(body, status)
        return replace(reply, headers={**reply.headers, "Link": comments.link})

    with answering(answer) as address:
        comments.url = f"{address}/api/v3"
        yield comments
