"""HTTP/1.1 on a socket: connections come in, requests go to ``answer``, answers go out. h11 knows the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from sluice.serving.messages import Request, Response, json_response

if TYPE_CHECKING:
    import h11

_CHUNK = 256 * 1024
Answer = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Serves on a listening socket until it is closed."""

    def __init__(self, listener: socket.socket, answer: Answer) -> None:
        self._listener = listener
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to accept."""
        self._listener.setblocking(False)
        self._server = await asyncio.start_server(self._accept, sock=self._listener)

    async def close(self) -> None:
        """Accept no more, and end what is open."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(tuple(self._connections), timeout=1)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        connection = _Connection(reader, writer)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                while await connection.exchange(self._answer):
                    pass
        finally:
            writer.close()


class _Connection:
    """One connection: requests one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import h11  # noqa: PLC0415 (only when somebody connects)

        self._h11 = h11
        self._state = h11.Connection(h11.SERVER)
        self._reader, self._writer = reader, writer

    async def exchange(self, answer: Answer) -> bool:
        """One request and its answer; whether another one may follow."""
        try:
            event = await self._next()
            if not isinstance(event, self._h11.Request):
                return False
            await self._send(await self._answered(event, answer), head_only=event.method == b"HEAD")
            async for _ in self._body():  # what a refused request still sends
                pass
            self._state.start_next_cycle()
        except self._h11.ProtocolError:
            await self._refuse()
            return False
        return True

    async def _refuse(self) -> None:
        """Answer what is no HTTP: a client that spoke TLS learns by it that it should not."""
        if self._state.our_state in {self._h11.IDLE, self._h11.SEND_RESPONSE}:
            await self._send(Response(status=400, headers={"Connection": "close"}), head_only=False)

    async def _answered(self, event: h11.Request, answer: Answer) -> Response:
        address = urlsplit(event.target.decode("latin-1"))
        request = Request(
            method=event.method.decode("ascii"),
            path=unquote(address.path),
            raw_path=address.path,
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers},
            body=self._body(),
        )
        try:
            return await answer(request)
        except OSError as error:
            return json_response({"code": "internal", "msg": f"the file can't be kept or read: {error}"}, status=500)

    async def _next(self) -> h11.Event | type[h11.PAUSED] | type[h11.NEED_DATA]:
        while True:
            event = self._state.next_event()
            if event is not self._h11.NEED_DATA:
                return event
            if self._state.they_are_waiting_for_100_continue:
                await self._write(self._h11.InformationalResponse(status_code=100, headers=[]))
            self._state.receive_data(await self._reader.read(_CHUNK))

    async def _body(self) -> AsyncIterator[bytes]:
        while self._state.their_state is self._h11.SEND_BODY:
            event = await self._next()
            if isinstance(event, self._h11.Data):
                yield bytes(event.data)
            elif isinstance(event, self._h11.EndOfMessage):
                return
            else:
                raise ConnectionError("the request broke off")

    async def _send(self, response: Response, *, head_only: bool) -> None:
        from email.utils import format_datetime  # noqa: PLC0415 (as h11)
        from http import HTTPStatus  # noqa: PLC0415

        headers = {"Date": format_datetime(datetime.now(UTC), usegmt=True)}
        headers |= {"Content-Length": str(len(response.body)), **response.headers}
        reason = HTTPStatus(response.status).phrase
        await self._write(
            self._h11.Response(status_code=response.status, reason=reason.encode(), headers=[*headers.items()])
        )
        if not head_only:
            async for chunk in _chunks(response):
                await self._write(self._h11.Data(data=chunk))
        await self._write(self._h11.EndOfMessage())

    async def _write(self, event: h11.Event) -> None:
        data = self._state.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()


async def _chunks(response: Response) -> AsyncIterator[bytes]:
    if response.file is None:
        if response.body:
            yield response.body
        return
    with response.file.open("rb") as file:
        file.seek(response.start)
        left = response.end - response.start
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk
