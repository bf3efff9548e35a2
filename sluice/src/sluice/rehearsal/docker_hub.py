"""A stand-in for Docker Hub on loopback: anybody gets a token, and what is changed of a page is written down.

It refuses what Docker Hub refuses: a change without the token, fields that are not a page's, a README of more than
25,000 bytes, a line of more than 100 characters. ``POST /v2/auth/token`` is as docs.docker.com/reference/api/hub has
it; ``PATCH /v2/repositories/NAME/`` is described nowhere, and as everybody's clients ask it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response, json_response

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

    def answer(asked: Asked) -> Response:
        match asked.method:
            case "POST":
                return _identified(asked, token)
            case "PATCH":
                return _changed(asked, token, changes)
            case _:
                return json_response({"detail": "method not allowed"}, 405)

    with answering(answer) as address:
        yield address


def _identified(asked: Asked, token: str) -> Response:
    body = asked.document
    if asked.path == "/v2/auth/token" and isinstance(body, dict) and {"identifier", "secret"} <= body.keys():
        return json_response({"access_token": token})
    return json_response({"detail": "not a request for a token"}, 400)


def _changed(asked: Asked, token: str, changes: list[Change]) -> Response:
    body = asked.document
    mistakes = page_mistakes(body)
    if asked.headers.get("authorization") != f"Bearer {token}":
        return json_response({"detail": "authentication required"}, 401)
    if not _PAGE.fullmatch(asked.path):
        return json_response({"detail": "object not found"}, 404)
    if mistakes or not isinstance(body, dict):
        return json_response(mistakes, 400)
    changes.append((asked.path, body))
    return json_response(body)
