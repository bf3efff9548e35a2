"""A small HTTP server for pages that are only read. Requests are bounded in size, time and number."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import h11

from loka_stratum import __version__
from loka_stratum.configuration.values import Endpoint
from loka_stratum.errors import UnavailableError
from loka_stratum.web.pages import Page

log = logging.getLogger(__name__)
_MOST_CONNECTIONS = 128
_REQUEST_SECONDS = 30.0
_MOST_BYTES = 16_384
_READ = 4096
_TEXT = "text/plain; charset=utf-8"

ByPath = Mapping[str, Callable[[], Awaitable[Page]]]


class WebServer:
    """Serves pages by path."""

    def __init__(self, pages: ByPath) -> None:
        self._pages = pages
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def place(self) -> Endpoint:
        """Where it listens."""
        assert self._server is not None, "it has not been started"  # noqa: S101 (a bug of the caller's)
        name = self._server.sockets[0].getsockname()
        return Endpoint(str(name[0]), int(name[1]))

    async def start(self, place: Endpoint) -> None:
        """Listen. Raises ``UnavailableError``."""
        try:
            self._server = await asyncio.start_server(self._serve, place.host, place.port, reuse_address=True)
        except OSError as error:
            raise UnavailableError(f"{place} can't be listened on: {error.strerror or error}") from None
        log.info("health, status and metrics on %s", place)

    async def close(self) -> None:
        """Hang up on everyone."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            await self._converse(reader, writer)
        except (OSError, TimeoutError, h11.LocalProtocolError):
            pass
        except asyncio.CancelledError:
            log.debug("a reader of pages was cut off")
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_BYTES)
        while True:
            async with asyncio.timeout(_REQUEST_SECONDS):
                try:
                    request = await _next_request(connection, reader)
                except h11.RemoteProtocolError as error:
                    await _send(connection, writer, Page(error.error_status_hint, _TEXT, f"{error}\n".encode()))
                    return
                if request is None:
                    return
                page = await self._page(request)
                await _send(connection, writer, page, head=request.method == b"HEAD")
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _page(self, request: h11.Request) -> Page:
        path = request.target.decode("latin-1").partition("?")[0]
        make = self._pages.get(path)
        if make is None:
            known = ", ".join(self._pages)
            return Page(404, _TEXT, f"There is no page {path[:100]!r}; there are {known}.\n".encode())
        if request.method not in {b"GET", b"HEAD"}:
            return Page(405, _TEXT, b"Pages here are only read: GET or HEAD.\n")
        try:
            return await make()
        except Exception:
            log.exception("a bug in the page %s", path)
            return Page(500, _TEXT, b"A bug; the log has it.\n")


async def _next_request(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """The next request, once its body (which nobody reads) has passed; None at the end."""
    request: h11.Request | None = None
    while True:
        event = connection.next_event()
        match event:
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(_READ))
            case h11.Request():
                request = event
            case h11.EndOfMessage():
                return request
            case h11.Data():
                pass
            case _:
                return None


async def _send(connection: h11.Connection, writer: asyncio.StreamWriter, page: Page, *, head: bool = False) -> None:
    headers = [
        ("Content-Type", page.kind),
        ("Content-Length", str(len(page.body))),
        ("Cache-Control", "no-store"),
        ("Server", f"loka-stratum/{__version__}"),
    ]
    if page.status == 405:
        headers.append(("Allow", "GET, HEAD"))
    writer.write(connection.send(h11.Response(status_code=page.status, headers=headers)) or b"")
    if not head:
        writer.write(connection.send(h11.Data(data=page.body)) or b"")
    writer.write(connection.send(h11.EndOfMessage()) or b"")
    await writer.drain()
