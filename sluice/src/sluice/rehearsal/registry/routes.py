"""The registry's HTTP interface: paths to what they ask for (distribution-spec: end points)."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from sluice.rehearsal.registry.refusals import Refusal
from sluice.rehearsal.registry.storage import DIGEST, NAME, TAG, Manifest, Storage
from sluice.serving.messages import Request, Response, json_response
from sluice.source.numbers import whole_number

_PATHS = {
    "uploads": re.compile(rf"/v2/(?P<name>{NAME})/blobs/uploads/(?P<reference>[0-9a-f]*)"),
    "blobs": re.compile(rf"/v2/(?P<name>{NAME})/blobs/(?P<reference>[^/]+)"),
    "manifests": re.compile(rf"/v2/(?P<name>{NAME})/manifests/(?P<reference>[^/]+)"),
    "tags": re.compile(rf"/v2/(?P<name>{NAME})/tags/(?P<reference>list)"),
    "referrers": re.compile(rf"/v2/(?P<name>{NAME})/referrers/(?P<reference>[^/]+)"),
}
_INDEX = "application/vnd.oci.image.index.v1+json"
_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
Handler = Callable[[Request, str, str], Awaitable[Response]]


class Routes:
    """``pushed`` hears of each manifest that gets a tag: repository, tag, digest."""

    def __init__(self, storage: Storage, pushed: Callable[[str, str, str], None]) -> None:
        self._storage = storage
        self._pushed = pushed
        self._handlers: dict[str, Handler] = {
            "uploads": self._uploads,
            "blobs": self._blobs,
            "manifests": self._manifests,
            "tags": self._tags,
            "referrers": self._referrers,
        }

    async def answer(self, request: Request) -> Response:
        """One request."""
        try:
            return _with_version(await self._answered(request))
        except Refusal as refusal:
            return _with_version(refusal.response())

    async def _answered(self, request: Request) -> Response:
        if request.path in {"/v2", "/v2/"}:
            return json_response({})
        if request.path == "/v2/_catalog":
            return json_response({"repositories": self._storage.names()})
        for kind, path in _PATHS.items():
            if found := path.fullmatch(request.path):
                return await self._handlers[kind](request, found["name"], found["reference"])
        raise Refusal("NAME_INVALID", f"there is nothing at {request.path}", status=404)

    async def _uploads(self, request: Request, name: str, upload: str) -> Response:
        match request.method:
            case "POST":
                return await self._begin(request, name)
            case "PATCH":
                self._check_range(request, upload)
                await self._storage.append(upload, request.body)
                return self._under_way(name, upload, 202)
            case "PUT":
                await self._storage.append(upload, request.body)
                return self._finished(name, upload, request.query.get("digest", ""))
            case "GET":
                return self._under_way(name, upload, 204)
            case "DELETE":
                self._storage.cancel(upload)
                return Response(status=204)
        raise _unsupported(request)

    async def _begin(self, request: Request, name: str) -> Response:
        mounted = request.query.get("mount")
        if mounted and self._storage.blob(mounted):
            return _created(f"/v2/{name}/blobs/{mounted}", mounted)
        upload = self._storage.begin()
        if digest := request.query.get("digest"):
            await self._storage.append(upload, request.body)
            return self._finished(name, upload, digest)
        return self._under_way(name, upload, 202)

    def _check_range(self, request: Request, upload: str) -> None:
        given = re.fullmatch(r"(\d+)-(\d+)", request.headers.get("content-range", ""))
        if given and int(given[1]) != self._storage.received(upload):
            raise Refusal("BLOB_UPLOAD_INVALID", f"{self._storage.received(upload)} bytes are here, not {given[1]}")

    def _under_way(self, name: str, upload: str, status: int) -> Response:
        headers = {
            "Location": f"/v2/{name}/blobs/uploads/{upload}",
            "Docker-Upload-UUID": upload,
            "Range": f"0-{max(self._storage.received(upload) - 1, 0)}",
        }
        return Response(status=status, headers=headers)

    def _finished(self, name: str, upload: str, digest: str) -> Response:
        if not DIGEST.fullmatch(digest):
            raise Refusal("DIGEST_INVALID", f"'{digest}' is no SHA-256 digest")
        self._storage.finish(upload, digest)
        return _created(f"/v2/{name}/blobs/{digest}", digest)

    async def _blobs(self, request: Request, name: str, digest: str) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise _unsupported(request)
        path = self._storage.blob(digest)
        if path is None:
            raise Refusal("BLOB_UNKNOWN", f"{name} has no blob {digest}")
        size = path.stat().st_size
        headers = {
            "Content-Type": "application/octet-stream",
            "Docker-Content-Digest": digest,
            "Content-Length": str(size),
        }
        return Response(status=200, headers=headers, file=path, end=size)

    async def _manifests(self, request: Request, name: str, reference: str) -> Response:
        if not TAG.fullmatch(reference) and not DIGEST.fullmatch(reference):
            raise Refusal("TAG_INVALID", f"'{reference}' is neither a tag nor a digest")
        match request.method:
            case "GET" | "HEAD":
                return _manifest_of(self._storage.manifest(name, reference), name, reference)
            case "PUT":
                return await self._push(request, name, reference)
            case "DELETE" if self._storage.forget(name, reference):
                return Response(status=202)
            case "DELETE":
                raise Refusal("MANIFEST_UNKNOWN", f"{name} has no {reference}")
        raise _unsupported(request)

    async def _push(self, request: Request, name: str, reference: str) -> Response:
        media_type = request.headers.get("content-type", "")
        manifest = await self._storage.keep(name, reference, media_type, request.body)
        if ":" not in reference:
            self._pushed(name, reference, manifest.digest)
        return _created(f"/v2/{name}/manifests/{manifest.digest}", manifest.digest)

    async def _tags(self, request: Request, name: str, _: str) -> Response:
        if name not in self._storage.names():
            raise Refusal("NAME_UNKNOWN", f"nothing was pushed to {name}")
        after, most = request.query.get("last", ""), whole_number(request.query.get("n", ""))
        tags = [tag for tag in self._storage.tags(name) if tag > after]
        shown = tags if most is None else tags[:most]
        response = json_response({"name": name, "tags": shown})
        if shown == tags or not shown:
            return response
        link = f'</v2/{name}/tags/list?n={most}&last={shown[-1]}>; rel="next"'
        return Response(status=200, headers={**response.headers, "Link": link}, body=response.body)

    async def _referrers(self, _: Request, name: str, digest: str) -> Response:
        found = [manifest for each in self._storage.digests(name) if (manifest := self._storage.manifest(name, each))]
        entries = [
            {"mediaType": one.media_type, "digest": one.digest, "size": len(one.body)}
            for one in found
            if (json.loads(one.body).get("subject") or {}).get("digest") == digest
        ]
        body = json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries}).encode()
        return Response(status=200, headers={"Content-Type": _INDEX}, body=body)


def _manifest_of(manifest: Manifest | None, name: str, reference: str) -> Response:
    if manifest is None:
        raise Refusal("MANIFEST_UNKNOWN", f"{name} has no {reference}")
    headers = {"Content-Type": manifest.media_type, "Docker-Content-Digest": manifest.digest}
    return Response(status=200, headers=headers, body=manifest.body)


def _created(place: str, digest: str) -> Response:
    return Response(status=201, headers={"Location": place, "Docker-Content-Digest": digest})


def _unsupported(request: Request) -> Refusal:
    return Refusal("UNSUPPORTED", f"{request.method} is not carried out at {request.path}")


def _with_version(response: Response) -> Response:
    return Response(
        status=response.status,
        headers={**_VERSION, **response.headers},
        body=response.body,
        file=response.file,
        start=response.start,
        end=response.end,
    )
