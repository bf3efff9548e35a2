"""The stand-in as a run owns it: jobs are let in one by one, each by a socket of its own network.

What answers is imported when the first request comes: a job that never asks costs two sockets and two small files.
"""

from __future__ import annotations

import contextlib
import socket
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from sluice.rehearsal.github.settings import write_settings
from sluice.rehearsal.github.tokens import make_token
from sluice.source.errors import UnavailableError

if TYPE_CHECKING:
    from sluice.rehearsal.github.desk import Asker, Desk
    from sluice.rehearsal.github.state import Scene
    from sluice.serving.messages import Request, Response
    from sluice.serving.server import HttpServer


_OF_GH = "https://api.github.com"
"""``gh`` shows its token to this host alone, whatever its socket leads to."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a job finds the stand-in, and the token that is good for nothing else."""

    api: str
    graphql: str
    token: str


class Visitor(Struct, frozen=True, kw_only=True):
    """A job: what its token may, by scope (``None``: whatever the repository's settings say), and who is told.

    ``record`` gets kind, target and request of a change, ``warn`` what was refused.
    """

    permissions: Mapping[str, str] | None
    record: Callable[[str, str, str], None]
    warn: Callable[[str], None]


class Network(Protocol):
    """A job's own: ``runners.protocol.Workspace`` is one."""

    async def listen(self, port: int = 0) -> socket.socket:
        """A socket at the job's loopback."""
        ...

    async def listen_named(self, name: str) -> socket.socket:
        """A socket with an abstract name."""
        ...


class GitHubStandIn:
    """GitHub for one run; ``scene`` is made when somebody asks."""

    def __init__(self, scene: Callable[[], Scene], folder: Path) -> None:
        self._scene = scene
        self._folder = folder
        self._desk: Desk | None = None
        self._servers: list[HttpServer] = []

    @property
    def desk(self) -> Desk:
        """What answers, with what it remembers; made when it is first asked for."""
        if self._desk is None:
            from sluice.rehearsal.github.desk import Desk  # noqa: PLC0415 (most runs never ask)

            self._desk = Desk(self._scene(), self._folder)
        return self._desk

    async def let_in(self, network: Network, home: Path, repository: str, visitor: Visitor) -> Place:
        """Serve a job at its own loopback, and tell its ``git`` and ``gh`` by files in its home. Raises
        ``UnavailableError``.
        """
        listener = await network.listen()
        host, port = listener.getsockname()[:2]
        api = f"http://{host}:{port}"
        place = Place(api=api, graphql=f"{api}/graphql", token=make_token())
        await self._serve(listener, api, visitor)
        name = f"sluice-{uuid.uuid4().hex}"
        with contextlib.suppress(UnavailableError):  # where there are no such names, ``gh`` is on its own
            await self._serve(await network.listen_named(name), _OF_GH, visitor)
        write_settings(home, api, repository, place.token, socket_name=name)
        return place

    async def let_in_here(self, visitor: Visitor) -> str:
        """Serve this process in a job's name; the address."""
        listener = socket.create_server(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{listener.getsockname()[1]}"
        await self._serve(listener, api, visitor)
        return api

    async def close(self) -> None:
        """Answer no more."""
        for server in self._servers:
            await server.close()

    async def _serve(self, listener: socket.socket, api: str, visitor: Visitor) -> None:
        from sluice.serving.server import HttpServer  # noqa: PLC0415 (a run that publishes has none)

        server = HttpServer(listener, self._answering(api, visitor))
        await server.start()
        self._servers.append(server)

    def _answering(self, api: str, visitor: Visitor) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            from sluice.rehearsal.github.answering import respond  # noqa: PLC0415 (most runs never ask)

            return await respond(self.desk, request, api, _asker(visitor))

        return answer


def _asker(visitor: Visitor) -> Asker:
    from sluice.rehearsal.github.desk import Asker  # noqa: PLC0415 (most runs never ask)

    return Asker(
        permissions=visitor.permissions,
        record=lambda effect: visitor.record(effect.kind, effect.target, effect.request),
        warn=visitor.warn,
    )
