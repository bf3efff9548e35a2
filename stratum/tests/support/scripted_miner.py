"""A miner for tests, a line at a time."""

import asyncio
import json
import ssl
from typing import Any


class ScriptedMiner:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.seen: list[dict[str, Any]] = []

    @classmethod
    async def connect(cls, port: int, tls: ssl.SSLContext | None = None) -> "ScriptedMiner":
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=tls, limit=1 << 22))

    def send(self, identifier: object, method: str, *params: object) -> None:
        self.send_line(json.dumps({"id": identifier, "method": method, "params": list(params)}).encode())

    def send_line(self, line: bytes) -> None:
        self.writer.write(line + b"\n")

    async def line(self, seconds: float = 5) -> bytes:
        """The next line, or nothing at the end."""
        async with asyncio.timeout(seconds):
            return await self.reader.readline()

    async def receive(self, seconds: float = 5) -> dict[str, Any]:
        line = await self.line(seconds)
        assert line, "the proxy hung up"
        message: dict[str, Any] = json.loads(line)
        self.seen.append(message)
        return message

    async def until_method(self, method: str, seconds: float = 5) -> dict[str, Any]:
        while (message := await self.receive(seconds)).get("method") != method:
            pass
        return message

    async def answer_to(self, identifier: object, seconds: float = 5) -> dict[str, Any]:
        while (message := await self.receive(seconds)).get("id") != identifier or "method" in message:
            pass
        return message

    async def ask(self, identifier: object, method: str, *params: object) -> dict[str, Any]:
        self.send(identifier, method, *params)
        return await self.answer_to(identifier)

    async def ended(self, seconds: float = 5) -> bool:
        """Wait until the proxy hangs up."""
        async with asyncio.timeout(seconds):
            try:
                while await self.reader.readline():
                    pass
            except OSError:
                pass
        return True

    async def handshake(self, name: str = "farm.rig1") -> None:
        """Subscribe, authorize, and wait for work."""
        await self.ask(1, "mining.subscribe", "test/1.0")
        await self.ask(2, "mining.authorize", name, "x")
        await self.until_method("mining.notify")

    async def submit(
        self, identifier: object, job: str, name: str = "farm.rig1", second: str = "00000001"
    ) -> dict[str, Any]:
        return await self.ask(identifier, "mining.submit", name, job, second, "65000001", "0000abcd")

    def close(self) -> None:
        self.writer.transport.abort()
