"""The services of one job: started when first asked for, closed with the job.

What answers is imported when the first request comes: most actions never ask.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from msgspec import Struct

from sluice.runners.protocol import Workspace

if TYPE_CHECKING:
    from sluice.actions.results.identity import Identity
    from sluice.actions.results.routes import Routes
    from sluice.serving.messages import Request, Response
    from sluice.serving.server import HttpServer
    from sluice.store.files.artifacts import FolderArtifacts
    from sluice.store.files.caches import FolderCaches


class Records(Struct, frozen=True, kw_only=True):
    """Who is told: ``uploaded`` of an artifact's name, size, files and digest; ``saved`` of a cache entry's key and
    size; ``looked_up`` of a key, the key that matched, and the size.
    """

    uploaded: Callable[[str, int, int, str], None]
    saved: Callable[[str, int], None]
    looked_up: Callable[[str, str | None, int], None]


class JobServices:
    """``folder`` is for uploads under way; ``caches`` are opened when somebody asks."""

    def __init__(
        self,
        identity: Identity,
        *,
        artifacts: FolderArtifacts,
        caches: Callable[[], FolderCaches],
        folder: Path,
        records: Records,
    ) -> None:
        self.identity = identity
        self._artifacts = artifacts
        self._caches = caches
        self._folder = folder
        self._records = records
        self._starting = anyio.Lock()
        self._server: HttpServer | None = None
        self._base = ""
        self._environment: dict[str, str] = {}

    async def environment(self, workspace: Workspace) -> dict[str, str]:
        """The variables by which the toolkit finds the services, which run from now on."""
        async with self._starting:
            if self._server is None:
                await self._start(workspace)
        return self._environment

    async def close(self) -> None:
        """End the services; uploads that nobody finished are gone."""
        if self._server is not None:
            await self._server.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self, workspace: Workspace) -> None:
        from sluice.serving.server import HttpServer  # noqa: PLC0415 (few jobs have an action in JavaScript)

        listener = await workspace.listen()
        self._base = _base_address(listener)
        self._server = HttpServer(listener, self._answer)
        await self._server.start()
        self._environment = {
            "ACTIONS_RESULTS_URL": f"{self._base}/",
            "ACTIONS_RUNTIME_URL": f"{self._base}/",
            "ACTIONS_RUNTIME_TOKEN": self.identity.token,
            "ACTIONS_CACHE_SERVICE_V2": "True",
        }

    async def _answer(self, request: Request) -> Response:
        return await self._routes.answer(request)

    @cached_property
    def _routes(self) -> Routes:
        from sluice.actions.results.serving import open_routes  # noqa: PLC0415 (most actions never ask)

        kept = self._artifacts, self._caches()
        return open_routes(self.identity, kept, folder=self._folder, records=self._records, base=self._base)


def _base_address(listener: socket.socket) -> str:
    """Where a client in the job finds the server."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def beside_proxies(environment: dict[str, str]) -> dict[str, str]:
    """``NO_PROXY`` with the loopback, where a proxy is set: not every client leaves the loopback out by itself."""
    if not any(name.lower() in {"http_proxy", "https_proxy", "all_proxy"} for name in environment):
        return {}
    given = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    kept = ",".join(part for part in (given, "127.0.0.1", "localhost") if part)
    return {"NO_PROXY": kept, "no_proxy": kept}
