"""Between HTTP and the desk: bodies come in whole, replies go out as GitHub writes them."""

from __future__ import annotations

import json

from msgspec.structs import replace

from sluice.github_api.calls import Call, RefusedError, Reply
from sluice.rehearsal.github.desk import Asker, Desk
from sluice.rehearsal.github.effects import Effect
from sluice.rehearsal.github.tokens import is_of_an_app
from sluice.rehearsal.uploads.addresses import PLACE
from sluice.serving.messages import Request, Response

_OF_GITHUB = {
    "X-GitHub-Media-Type": "github.v3; format=json",
    "X-GitHub-Request-Id": "0000:000000:0000000:0000000:00000000",
    "X-RateLimit-Limit": "5000",
    "X-RateLimit-Remaining": "4999",
    "X-RateLimit-Used": "1",
    "X-OAuth-Scopes": "repo, workflow, read:org",
}


async def respond(desk: Desk, request: Request, api: str, asker: Asker) -> Response:
    """Answer one request of a job's."""
    call = Call(
        method="GET" if request.method == "HEAD" else request.method,
        path=request.raw_path,
        api=api,
        query=request.query,
        headers=request.headers,
        data=b"".join([chunk async for chunk in request.body]),
    )
    if is_of_an_app(call.headers.get("authorization", "")):
        asker = replace(asker, permissions=None)
    try:
        reply = await _reply(desk, call, asker)
    except RefusedError as refused:
        reply = refused.reply
    return _response(reply)


async def _reply(desk: Desk, call: Call, asker: Asker) -> Reply:
    if call.path.startswith("/git/"):
        from sluice.rehearsal.github.git import answer_git  # noqa: PLC0415 (few runs push)

        return await answer_git(desk, call, asker)
    if call.path in {"/graphql", "/api/graphql"}:
        from sluice.rehearsal.github.graphql import answer_graphql  # noqa: PLC0415 (`gh` alone asks)

        return answer_graphql(desk, call, asker)
    if call.path.startswith(PLACE):
        from sluice.rehearsal.uploads.index import answer_upload  # noqa: PLC0415 (few runs publish packages)

        return answer_upload(desk.packages, call, lambda *words: asker.record(_effect(*words)))
    return desk.answer(call, asker)


def _effect(kind: str, target: str, request: str) -> Effect:
    return Effect(kind=kind, target=target, request=request)


def _response(reply: Reply) -> Response:
    headers = {**_OF_GITHUB, **reply.headers}
    match reply.body:
        case None:
            body = b""
        case bytes() as body:
            pass
        case _:
            body = json.dumps(reply.body).encode()
            headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    return Response(status=reply.status, headers=headers, body=body)
