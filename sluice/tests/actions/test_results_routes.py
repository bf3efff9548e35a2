"""The services of JavaScript actions, asked directly: who may ask, and what a bad request gets."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import anyio
import pytest

from sluice.actions.results.artifacts import ArtifactService
from sluice.actions.results.blobs import Blobs
from sluice.actions.results.caches import CacheService
from sluice.actions.results.identity import Identity, identify
from sluice.actions.results.routes import Routes
from sluice.serving.messages import Request, Response
from sluice.serving.server import HttpServer
from sluice.store.files.artifacts import FolderArtifacts
from sluice.store.files.caches import FolderCaches

pytestmark = pytest.mark.anyio
ME = identify("run-1", "job", ["refs/heads/b", "refs/heads/main"])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Asker:
    """Sends requests to the routes of one job and remembers what was recorded."""

    def __init__(self, folder: Path, identity: Identity = ME, base: str = "http://127.0.0.1:1") -> None:
        self.said: list[tuple[object, ...]] = []
        self.artifacts = FolderArtifacts(folder / "artifacts")
        caches = FolderCaches(folder / "entries", refs=identity.refs, home=folder, temporary=folder / "tmp")
        blobs = Blobs(folder / "uploads")
        self.routes = Routes(
            identity,
            blobs,
            self.artifacts,
            lambda address: (
                ArtifactService(self.artifacts, blobs, identity, address=address, uploaded=self._note),
                CacheService(caches, blobs, address=address, saved=self._note, looked_up=self._note),
            ),
            base=base,
        )

    def _note(self, *facts: object) -> None:
        self.said.append(facts)

    async def call(self, method: str, message: object, token: str | None = None) -> tuple[int, dict[str, object]]:
        path = f"/twirp/github.actions.results.api.v1.{method}"
        headers = {"authorization": f"Bearer {token or ME.token}"}
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        found = await self.routes.answer(Request(method="POST", path=path, headers=headers, body=chunks(body)))
        return found.status, json.loads(found.body)

    async def send(self, method: str, address: str, body: bytes = b"", **headers: str) -> Response:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
        request = Request(method=method, path=unquote(parts.path), query=query, headers=headers, body=chunks(body))
        return await self.routes.answer(request)

    async def upload(self, name: str, data: bytes, **message: object) -> tuple[int, dict[str, object]]:
        _, answer = await self.call("ArtifactService/CreateArtifact", {"name": name, **RUN})
        await self.send("PUT", str(answer["signed_upload_url"]), data)
        return await self.call("ArtifactService/FinalizeArtifact", {"name": name, **RUN, **message})


RUN = {"workflow_run_backend_id": ME.run, "workflow_job_run_backend_id": ME.job}
KEY = {"key": "k", "version": "v"}


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    size = max(3, len(data) // 10)
    for start in range(0, len(data), size):
        yield data[start : start + size]


def test_the_token_carries_what_the_toolkit_reads_from_it() -> None:
    claims = json.loads(base64.urlsafe_b64decode(ME.token.split(".")[1] + "=="))
    assert claims["scp"] == f"Actions.Results:{ME.run}:{ME.job}"
    assert json.loads(claims["ac"]) == [
        {"Scope": "refs/heads/b", "Permission": 3},
        {"Scope": "refs/heads/main", "Permission": 1},
    ]


async def test_another_jobs_token_is_refused(tmp_path: Path) -> None:
    other = identify("run-1", "job", [])
    assert (await Asker(tmp_path).call("CacheService/CreateCacheEntry", KEY, other.token))[0] == 401


async def test_an_address_is_good_for_one_path_and_one_direction(tmp_path: Path) -> None:
    asker = Asker(tmp_path)
    _, answer = await asker.call("CacheService/CreateCacheEntry", KEY)
    address = str(answer["signed_upload_url"])
    assert (await asker.send("PUT", address, b"x")).status == 201
    assert (await asker.send("PUT", address.replace("/caches/", "/artifacts/"), b"x")).status == 403
    assert (await asker.send("GET", address)).status == 403
    assert (await asker.send("PUT", address.partition("?")[0], b"x")).status == 403


async def test_blocks_are_put_together_in_the_order_of_their_list(tmp_path: Path) -> None:
    asker = Asker(tmp_path)
    _, answer = await asker.call("CacheService/CreateCacheEntry", KEY)
    address = str(answer["signed_upload_url"])
    for name, data in (("b2", b"world"), ("b1", b"hello ")):
        assert (await asker.send("PUT", f"{address}&comp=block&blockid={name}", data)).status == 201
    listed = "<BlockList><Latest>{}</Latest><Uncommitted>{}</Uncommitted></BlockList>"
    wrong = await asker.send("PUT", f"{address}&comp=blocklist", listed.format("b1", "b3").encode())
    assert (wrong.status, b"no block b3" in wrong.body) == (400, True)
    assert (await asker.call("CacheService/FinalizeCacheEntryUpload", KEY))[0] == 404
    assert (await asker.send("PUT", f"{address}&comp=blocklist", listed.format("b1", "b2").encode())).status == 201
    assert (await asker.call("CacheService/FinalizeCacheEntryUpload", {**KEY, "size_bytes": "12"}))[0] == 400
    assert (await asker.call("CacheService/FinalizeCacheEntryUpload", {**KEY, "size_bytes": "11"}))[0] == 200
    _, found = await asker.call("CacheService/GetCacheEntryDownloadURL", KEY)
    whole = await asker.send("GET", str(found["signed_download_url"]))
    assert whole.file is not None
    assert whole.file.read_bytes() == b"hello world"
    assert (await asker.call("CacheService/CreateCacheEntry", KEY))[0] == 409
    assert asker.said == [("k", 11), ("k", "k", 11)]


async def test_pieces_are_appended(tmp_path: Path) -> None:
    asker = Asker(tmp_path)
    _, answer = await asker.call("CacheService/CreateCacheEntry", KEY)
    address = str(answer["signed_upload_url"])
    await asker.send("PUT", address)
    for data in (b"one ", b"two"):
        assert (await asker.send("PUT", f"{address}&comp=appendblock", data)).status == 201
    assert (await asker.call("CacheService/FinalizeCacheEntryUpload", {**KEY, "sizeBytes": "7"}))[0] == 200


async def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    asker = Asker(tmp_path)
    _, answer = await asker.call("CacheService/CreateCacheEntry", KEY)
    parts = urlsplit(str(answer["signed_upload_url"]))

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError("gone")

    request = Request(method="PUT", path=parts.path, query=dict(parse_qsl(parts.query)), body=broken())
    with pytest.raises(ConnectionError):
        await asker.routes.answer(request)
    assert (await asker.call("CacheService/FinalizeCacheEntryUpload", KEY))[0] == 404


@pytest.mark.parametrize(
    ("given", "status", "span"),
    [
        ("", 200, (0, 11)),
        ("bytes=0-4", 206, (0, 5)),
        ("bytes=6-", 206, (6, 11)),
        ("bytes=-5", 206, (6, 11)),
        ("bytes=6-99", 206, (6, 11)),
        ("bytes=11-", 416, (0, 0)),
        ("bytes=-", 416, (0, 0)),
        ("lines=1-2", 416, (0, 0)),
    ],
)
async def test_ranges_of_a_file_are_served(tmp_path: Path, given: str, status: int, span: tuple[int, int]) -> None:
    asker = Asker(tmp_path)
    await asker.upload("a", b"hello world")
    _, signed = await asker.call("ArtifactService/GetSignedArtifactURL", {"name": "a", **RUN})
    found = await asker.send("GET", str(signed["signed_url"]), range=given)
    assert (found.status, (found.start, found.end)) == (status, span)
    assert (await asker.send("HEAD", str(signed["signed_url"]))).headers["Content-Length"] == "11"


async def test_a_digest_that_is_not_the_files_is_refused(tmp_path: Path) -> None:
    asker = Asker(tmp_path)
    status, answer = await asker.upload("a", b"hello", hash="sha256:" + "0" * 64)
    assert (status, answer["code"]) == (400, "invalid_argument")
    assert asker.artifacts.names() == ()
    assert asker.said == []


@pytest.mark.parametrize(
    ("method", "message", "code"),
    [
        ("ArtifactService/CreateArtifact", {"name": "../x", **RUN}, "invalid_argument"),
        ("ArtifactService/CreateArtifact", {"name": "x", "workflow_run_backend_id": "other"}, "permission_denied"),
        ("ArtifactService/FinalizeArtifact", {"name": "x", **RUN}, "not_found"),
        ("ArtifactService/GetSignedArtifactURL", {"name": "x", **RUN}, "not_found"),
        ("ArtifactService/DeleteArtifact", {"name": "x", **RUN}, "not_found"),
        ("ArtifactService/MigrateArtifact", {}, "bad_route"),
        ("OtherService/CreateArtifact", {}, "bad_route"),
        ("CacheService/CreateCacheEntry", {"key": "a,b", "version": "v"}, "invalid_argument"),
        ("CacheService/CreateCacheEntry", {"key": "x" * 513, "version": "v"}, "invalid_argument"),
        ("CacheService/CreateCacheEntry", b"{", "malformed"),
        ("CacheService/CreateCacheEntry", b"[]", "malformed"),
        ("CacheService/CreateCacheEntry", b" " * (2 << 20), "malformed"),
    ],
)
async def test_what_cannot_be_answered_is_refused_in_twirps_words(
    tmp_path: Path, method: str, message: object, code: str
) -> None:
    status, answer = await Asker(tmp_path).call(method, message)
    assert answer["code"] == code
    assert status >= 400


async def test_requests_come_one_after_the_other_on_one_connection(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = HttpServer(listener, Asker(tmp_path).routes.answer)
    await server.start()
    try:
        async with await anyio.connect_tcp("127.0.0.1", listener.getsockname()[1]) as stream:
            await stream.send(b"PUT /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" * 2)
            received = b""
            while received.count(b'"unauthenticated"') < 2:
                received += await stream.receive()
            assert received.count(b"HTTP/1.1 401 Unauthorized") == 2
            await stream.send(b"no HTTP at all\r\n\r\n")
            refused = b"".join([chunk async for chunk in stream])
            assert refused.startswith(b"HTTP/1.1 400 ")
    finally:
        await server.close()
