"""A client of the web page without a socket: requests go to the application itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

import anyio
from starlette.types import ASGIApp, Message

HOST = "127.0.0.1:8931"
TOKEN = "the-token"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.body)

    def events(self) -> Iterator[tuple[str, Any]]:
        """The kinds and data of server-sent events."""
        for block in self.text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith((":", "retry")))
            if "event" in lines:
                yield lines["event"], json.loads(lines["data"])


@dataclass(kw_only=True)
class Client:
    """``cookie`` is what a browser that signed in sends; ``seconds`` end an answer that never ends by itself."""

    app: ASGIApp
    cookie: str = f"sluice-8931={TOKEN}"
    host: str = HOST
    client: tuple[str, int] | None = ("127.0.0.1", 50000)
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, seconds: float = 60, **headers: str) -> Answer:
        return anyio.run(self._ask, "GET", address, b"", headers, seconds)

    def post(self, address: str, fields: Mapping[str, str] | None = None, **headers: str) -> Answer:
        headers = {"origin": f"http://{self.host}"} | headers
        return anyio.run(self._ask, "POST", address, urlencode(fields or {}).encode(), headers, 60.0)

    def send(self, method: str, address: str, document: object = None, **headers: str) -> Answer:
        data = b"" if document is None else json.dumps(document).encode()
        return anyio.run(self._ask, method, address, data, headers, 60.0)

    async def _ask(self, method: str, address: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        path, _, query = address.partition("?")
        given = {"host": self.host, **({"cookie": self.cookie} if self.cookie else {}), **self.headers, **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
            "client": self.client,
            "server": ("127.0.0.1", 8931),
        }
        told: list[Message] = []
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if asked:
                await anyio.sleep_forever()
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            told.append(message)

        with anyio.move_on_after(seconds):
            await self.app(scope, receive, send)
        headers_sent = {name.decode(): value.decode() for name, value in told[0]["headers"]}
        data = b"".join(message.get("body", b"") for message in told[1:])
        return Answer(status=told[0]["status"], headers=headers_sent, body=data)
