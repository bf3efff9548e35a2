"""From a request to its answer: the methods of the services by name, blobs by signed address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote

from sluice.actions.results.artifacts import ArtifactService
from sluice.actions.results.blobs import Blobs, serve
from sluice.actions.results.caches import CacheService
from sluice.actions.results.identity import Identity
from sluice.actions.results.messages import Method, ServiceError, read_all
from sluice.serving.messages import Request, Response, json_response
from sluice.store.files.artifacts import FolderArtifacts

_PACKAGE = "github.actions.results.api.v1"
_MESSAGE_LIMIT = 1 << 20
_ACCOUNT = "/storage/results/"
"""Azure's client wants an account and a container in the path of an address without a domain."""


class Routes:
    """All of one job's services; ``base`` is their address, without a slash at the end."""

    def __init__(
        self,
        identity: Identity,
        blobs: Blobs,
        kept: FolderArtifacts,
        services: Callable[[Callable[[str, str], str]], tuple[ArtifactService, CacheService]],
        *,
        base: str,
    ) -> None:
        self._identity = identity
        self._blobs = blobs
        self._kept = kept
        self._base = base
        self._artifacts, self._caches = services(self._address)

    async def answer(self, request: Request) -> Response:
        """Every request has an answer; refusals are answers too."""
        try:
            if request.path.startswith(_ACCOUNT):
                return await self._storage(request, request.path.removeprefix(_ACCOUNT))
            return await self._call(request)
        except ServiceError as error:
            return error.response()

    def _address(self, method: str, path: str) -> str:
        return f"{self._base}{_ACCOUNT}{quote(path)}?sig={self._identity.sign(method, path)}"

    async def _call(self, request: Request) -> Response:
        if not self._identity.is_bearer(request.headers.get("authorization", "")):
            raise ServiceError("unauthenticated", "the token is not this job's")
        method = self._method(request)
        try:
            message = json.loads(await read_all(request.body, _MESSAGE_LIMIT))
        except ValueError as error:
            raise ServiceError("malformed", "the message is not JSON") from error
        if not isinstance(message, dict):
            raise ServiceError("malformed", "the message is no object")
        return json_response(await method({_snake(name): value for name, value in message.items()}))

    def _method(self, request: Request) -> Method:
        services = {"ArtifactService": self._artifacts.methods, "CacheService": self._caches.methods}
        service, _, name = request.path.removeprefix(f"/twirp/{_PACKAGE}.").partition("/")
        found = services.get(service, {}).get(name)
        if request.method != "POST" or found is None:
            raise ServiceError("bad_route", f"no method is at {request.path}")
        return found

    async def _storage(self, request: Request, path: str) -> Response:
        allowed = "GET" if request.method == "HEAD" else request.method
        if not self._identity.allows(allowed, path, request.query.get("sig", "")):
            raise ServiceError("permission_denied", "the address is not signed for this")
        kind, _, name = path.partition("/")
        match allowed, kind:
            case "PUT", "uploads":
                return await self._blobs.put(name, request)
            case "GET", "artifacts":
                return self._artifact(request, name)
            case "GET", "caches":
                return self._cache(request, name)
            case _:
                raise ServiceError("bad_route", f"nothing is at {request.path}")

    def _artifact(self, request: Request, name: str) -> Response:
        entry = self._kept.find(name)
        if entry is None:
            raise ServiceError("not_found", f"no artifact is named '{name}'")
        file = f"{name}.zip" if entry.archive else name
        headers = {
            "Content-Type": "application/zip" if entry.archive else "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file)}",
        }
        return serve(entry.path, request, headers)

    def _cache(self, request: Request, name: str) -> Response:
        path = self._caches.offered(name)
        if path is None or not path.is_file():
            raise ServiceError("not_found", "the cache entry is gone")
        return serve(path, request, {"Content-Type": "application/octet-stream"})


def _snake(name: str) -> str:
    """Fields have two spellings in JSON, ``nameFilter`` and ``name_filter``."""
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
