"""A pool for tests that does what it is told: it answers as a real one would unless a script says otherwise."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

Script = Callable[["PoolSide", dict[str, Any]], Awaitable[bool]]


def job(identifier: str, *, clean: bool = True) -> list[Any]:
    return [identifier, "00" * 32, "0100", "ffff", ["11" * 32], "20000000", "1d00ffff", "65000000", clean]


class PoolSide:
    """One connection, as the pool sees it."""

    def __init__(self, pool: "ScriptedPool", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pool = pool
        self.reader = reader
        self.writer = writer
        self.received: list[dict[str, Any]] = []
        self.extranonce = pool.extranonce
        self.probing = False

    def send(self, **message: object) -> None:
        self.send_line(json.dumps(message).encode())

    def send_line(self, line: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(line + b"\n")

    def answer(self, request: dict[str, Any], result: object, error: object = None) -> None:
        self.send(id=request["id"], result=result, error=error)

    def notify(self, method: str, *params: object) -> None:
        self.send(id=None, method=method, params=list(params))

    def hang_up(self) -> None:
        self.writer.transport.abort()

    def methods(self) -> list[str]:
        return [message.get("method", "answer") for message in self.received]

    async def run(self) -> None:
        while line := await self.reader.readline():
            message = json.loads(line)
            self.received.append(message)
            self.probing |= str(message.get("params")).startswith("['loka-stratum/")
            self.pool.news.set()
            if self.pool.script is None or not await self.pool.script(self, message):
                self._answer_as_usual(message)

    def _answer_as_usual(self, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "mining.subscribe":
                first, size = self.extranonce
                self.answer(message, [[["mining.set_difficulty", "s1"], ["mining.notify", "s1"]], first, size])
            case "mining.authorize":
                self.answer(message, True)
                self.notify("mining.set_difficulty", self.pool.difficulty)
                self.notify("mining.notify", *job(self.pool.job))
            case "mining.configure":
                self.answer(message, {"version-rolling": True, "version-rolling.mask": self.pool.mask})
            case "mining.submit" | "mining.extranonce.subscribe" | "mining.suggest_difficulty" | "mining.multi_version":
                self.answer(message, True)
            case "mining.get_transactions":
                self.answer(message, ["0100", "0200"])
            case None:
                pass
            case _:
                self.answer(message, None, [20, "Unknown method", None])


class ScriptedPool:
    """Listens on a free port; ``miners`` are the connections of miners, without the proxy's own questions."""

    def __init__(
        self, *, extranonce: tuple[str, int] = ("aabbccdd", 4), difficulty: float = 1024, job: str = "j1"
    ) -> None:
        self.extranonce = extranonce
        self.difficulty = difficulty
        self.job = job
        self.mask = "1fffe000"
        self.script: Script | None = None
        self.sides: list[PoolSide] = []
        self.news = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._running: set[asyncio.Task[None]] = set()

    @property
    def miners(self) -> list[PoolSide]:
        return [side for side in self.sides if side.received and not side.probing]

    @property
    def shares(self) -> list[dict[str, Any]]:
        return [
            message for side in self.miners for message in side.received if message.get("method") == "mining.submit"
        ]

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port or self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        side = PoolSide(self, reader, writer)
        self.sides.append(side)
        try:
            await side.run()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async def until(self, holds: Callable[[], Any], seconds: float = 5) -> None:
        """Wait until a condition on what was received holds."""
        async with asyncio.timeout(seconds):
            while not holds():
                self.news.clear()
                await self.news.wait()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for side in self.sides:
            side.writer.transport.abort()
        await asyncio.sleep(0)
