"""The registry of a rehearsal, by HTTP, as the distribution specification has it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from sluice.rehearsal.registry.registry import Registry

OCI = "application/vnd.oci.image.manifest.v1+json"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Client:
    """What a client of the registry does; requests run in threads."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        return await anyio.to_thread.run_sync(partial(self._ask, method, path, body, headers))

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"http://{self.address}{path}", body or None, named, method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    async def push_blob(self, name: str, data: bytes, digest: str | None = None) -> int:
        _, headers, _ = await self.ask("POST", f"/v2/{name}/blobs/uploads/")
        place = headers["Location"]
        half = len(data) // 2
        await self.ask("PATCH", place, data[:half])
        code, _, _ = await self.ask("PUT", f"{place}?digest={digest or digest_of(data)}", data[half:])
        return code

    async def push_image(self, name: str, reference: str, layer: bytes = b"layer") -> tuple[int, bytes]:
        config = b"{}"
        await self.push_blob(name, config)
        await self.push_blob(name, layer)
        body = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI,
                "config": {"digest": digest_of(config), "size": len(config)},
                "layers": [{"digest": digest_of(layer), "size": len(layer)}],
            }
        ).encode()
        code, _, _ = await self.ask("PUT", f"/v2/{name}/manifests/{reference}", body, Content_Type=OCI)
        return code, body


Work = Callable[[Client, Registry], Awaitable[None]]


@pytest.fixture
def with_registry(tmp_path: Path) -> Callable[[Work], None]:
    async def session(work: Work) -> None:
        registry = await Registry.start(tmp_path)
        try:
            await work(Client(registry.address), registry)
        finally:
            await registry.close()

    return lambda work: asyncio.run(session(work))


def errors(body: bytes) -> list[str]:
    return [one["code"] for one in json.loads(body)["errors"]]


def test_what_is_pushed_is_pulled(with_registry: Callable[[Work], None]) -> None:
    async def work(client: Client, registry: Registry) -> None:
        assert (await client.ask("GET", "/v2/"))[0] == 200
        code, body = await client.push_image("ghcr.io/octo/app", "v1")
        assert code == 201
        for reference in ("v1", digest_of(body)):
            status, headers, pulled = await client.ask("GET", f"/v2/ghcr.io/octo/app/manifests/{reference}")
            assert (status, pulled, headers["Docker-Content-Digest"]) == (200, body, digest_of(body))
            assert headers["Content-Type"] == OCI
        layer = await client.ask("GET", f"/v2/ghcr.io/octo/app/blobs/{digest_of(b'layer')}")
        assert layer[2] == b"layer"
        head = await client.ask("HEAD", f"/v2/ghcr.io/octo/app/blobs/{digest_of(b'layer')}")
        assert head[1]["Content-Length"] == "5"
        assert registry.pushed == [("ghcr.io/octo/app", "v1", digest_of(body))]
        found = registry.manifest("ghcr.io/octo/app:v1")
        assert found is not None
        assert found.digest == digest_of(body)

    with_registry(work)


def test_content_that_is_not_what_its_digest_says_is_refused(
    with_registry: Callable[[Work], None], tmp_path: Path
) -> None:
    async def work(client: Client, __: Registry) -> None:
        wrong = digest_of(b"other")
        assert await client.push_blob("app", b"data", wrong) == 400
        assert (await client.ask("HEAD", f"/v2/app/blobs/{wrong}"))[0] == 404
        assert list((tmp_path / "uploads").iterdir()) == []
        status, _, body = await client.ask("PUT", f"/v2/app/manifests/{wrong}", b'{"schemaVersion": 2, "layers": []}')
        assert (status, errors(body)) == (400, ["DIGEST_INVALID"])

    with_registry(work)


def test_a_manifest_needs_its_parts(with_registry: Callable[[Work], None]) -> None:
    async def work(client: Client, __: Registry) -> None:
        _, image = await client.push_image("app", "one")
        gone = digest_of(b"gone")
        for document in (
            {"schemaVersion": 2, "layers": [{"digest": gone}]},
            {"schemaVersion": 2, "manifests": [{"digest": gone}]},
        ):
            status, _, body = await client.ask("PUT", "/v2/app/manifests/x", json.dumps(document).encode())
            assert (status, errors(body)) == (400, ["MANIFEST_BLOB_UNKNOWN"])
        index = {"schemaVersion": 2, "manifests": [{"digest": digest_of(image)}]}
        assert (await client.ask("PUT", "/v2/app/manifests/x", json.dumps(index).encode()))[0] == 201
        for body in (b"{", b"[]", b'{"schemaVersion": 1}', b'{"schemaVersion": 2, "layers": [1]}'):
            status, _, answer = await client.ask("PUT", "/v2/app/manifests/x", body)
            assert (status, errors(answer)) == (400, ["MANIFEST_INVALID"])

    with_registry(work)


def test_tags_are_listed_in_pages_and_deleted(with_registry: Callable[[Work], None]) -> None:
    async def work(client: Client, __: Registry) -> None:
        for tag in ("b", "a", "c"):
            await client.push_image("app", tag)
        _, headers, body = await client.ask("GET", "/v2/app/tags/list?n=2")
        assert json.loads(body)["tags"] == ["a", "b"]
        assert headers["Link"] == '</v2/app/tags/list?n=2&last=b>; rel="next"'
        assert (await client.ask("DELETE", "/v2/app/manifests/b"))[0] == 202
        assert (await client.ask("DELETE", "/v2/app/manifests/b"))[0] == 404
        assert json.loads((await client.ask("GET", "/v2/app/tags/list"))[2])["tags"] == ["a", "c"]
        assert json.loads((await client.ask("GET", "/v2/_catalog"))[2]) == {"repositories": ["app"]}
        assert errors((await client.ask("GET", "/v2/none/tags/list"))[2]) == ["NAME_UNKNOWN"]

    with_registry(work)


def test_a_blob_is_mounted_and_pushed_in_one_go(with_registry: Callable[[Work], None]) -> None:
    async def work(client: Client, __: Registry) -> None:
        digest = digest_of(b"data")
        assert (await client.ask("POST", f"/v2/app/blobs/uploads/?digest={digest}", b"data"))[0] == 201
        assert (await client.ask("POST", f"/v2/other/blobs/uploads/?mount={digest}&from=app"))[0] == 201
        assert (await client.ask("POST", "/v2/other/blobs/uploads/?mount=sha256:0&from=app"))[0] == 202

    with_registry(work)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/app/manifests/none", 404),
        ("GET", "/v2/../../etc/passwd", 404),
        ("GET", "/v2/App/manifests/x", 404),
        ("GET", "/v2/app/manifests/-x", 400),
        ("GET", "/v2/app/blobs/sha256:..%2f..%2fx", 404),
        ("PATCH", "/v2/app/blobs/uploads/0123", 404),
        ("DELETE", "/v2/app/blobs/sha256:0", 405),
        ("POST", "/v2/app/manifests/x", 405),
    ],
)
def test_what_cannot_be_is_refused(with_registry: Callable[[Work], None], method: str, path: str, status: int) -> None:
    async def work(client: Client, __: Registry) -> None:
        assert (await client.ask(method, path))[0] == status

    with_registry(work)


def test_an_image_of_the_outside_has_its_place_here(with_registry: Callable[[Work], None]) -> None:
    async def work(__: Client, registry: Registry) -> None:
        assert registry.stand_in_for("ghcr.io/o/n:t") == f"{registry.address}/ghcr.io/o/n:t"
        assert registry.stand_in_for("app") == f"{registry.address}/docker.io/library/app:latest"
        assert registry.stand_in_for("localhost:5000/app") == f"{registry.address}/localhost-5000/app:latest"

    with_registry(work)


def test_a_large_blob_goes_to_the_disk_as_it_comes(with_registry: Callable[[Work], None], tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield bytes(1 << 16)

    async def work(__: Client, registry: Registry) -> None:
        storage = registry._storage
        upload = storage.begin()
        assert await storage.append(upload, chunks()) == 64 << 16
        assert (tmp_path / "uploads" / upload).stat().st_size == 64 << 16
        storage.cancel(upload)
        assert list((tmp_path / "uploads").iterdir()) == []

    with_registry(work)
