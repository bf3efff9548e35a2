"""The engine's side of the keeper that holds a job. In: requests. Out: processes and sockets in the job's place, as the
runner's protocol wants them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import shutil
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import anyio

from sluice.runners.host.inside import wire
from sluice.runners.host.isolation.held import Answers, HeldProcess, HeldServer
from sluice.runners.host.output import open_pipe
from sluice.source.errors import UnavailableError

END_SECONDS = 10
SEND_BUFFER = 1 << 20
_NAMING = (wire.READY, wire.STARTED)
"""The messages that name a process: the kernel puts its number on the machine beside them."""


class PlaceRefusedError(Exception):
    """The machine does not let a process have such a place."""


class Holding:
    """A job's keeper, as long as the job lasts. Whoever waits for news reads for everybody."""

    def __init__(self, connection: socket.socket, life: int) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._socket = connection
        self._life = life
        self._assembler = wire.Assembler()
        self._reading = anyio.Lock()
        self._number = 0
        self._answers: dict[int, Answers] = {0: Answers()}
        self._gone = False
        self.pid = 0

    async def ready(self) -> None:
        """Wait until the place is there."""
        answers = self._answers[0]
        await self.until(answers.first)
        if answers.failure is not None or self._gone:
            raise PlaceRefusedError(answers.failure[1] if answers.failure else "its keeper ended")
        self.pid = answers.process

    async def until(self, event: anyio.Event) -> None:
        """Take in what the keeper says until this has happened."""
        while not event.is_set():
            async with self._reading:
                if event.is_set():
                    return
                if not self._gone:
                    await anyio.wait_readable(self._socket)
                self._receive()

    def _receive(self) -> None:
        try:
            packet, ancillary = wire.receive(self._socket, socket.CMSG_SPACE(64), socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            packet, ancillary = b"", []
        if not packet:
            self._lose()
            return
        message = self._assembler.add(packet)
        if message is not None:
            kind, number, value, body = message
            answers = self._answers[number]
            answers.descriptors += wire.descriptors(ancillary)
            answers.take(kind, wire.process(ancillary) or value if kind in _NAMING else value, body)

    def _lose(self) -> None:
        self._gone = True
        for answers in self._answers.values():
            answers.lose()

    def ask(self, kind: int, body: bytes, descriptors: Sequence[int] = (), value: int = 0) -> Answers:
        """Send a request; what the keeper says to it will be in the answers."""
        self._number += 1
        answers = self._answers[self._number] = Answers()
        answers.number = self._number
        try:
            send(self._socket, wire.packets(kind, self._number, value, body), descriptors)
        except OSError:
            self._lose()
        return answers

    def tell(self, kind: int, number: int, value: int) -> None:
        """Send something about an earlier request; a keeper that is gone is no error."""
        with contextlib.suppress(OSError):
            self._socket.send(next(wire.packets(kind, number, value)))

    async def start(self, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> HeldProcess:
        """Start a process with exactly this environment. Raises ``UnavailableError`` when that can't be."""
        reader, writer = open_pipe()
        try:
            answers = await self._start(command, environment, directory, writer)
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        return HeldProcess(self, answers, reader)

    async def serve(
        self, command: Sequence[str], environment: Mapping[str, str], directory: Path, log: Path
    ) -> HeldServer:
        """Start a process whose output is appended to a file. Raises ``UnavailableError``, ``OSError``."""
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return HeldServer(self, await self._start(command, environment, directory, output))
        finally:
            os.close(output)

    async def _start(
        self, command: Sequence[str], environment: Mapping[str, str], directory: Path, output: int
    ) -> Answers:
        program = shutil.which(command[0], path=environment.get("PATH")) or command[0]
        variables = [f"{name}={value}" for name, value in environment.items()]
        silence = os.open(os.devnull, os.O_RDONLY)
        try:
            body = wire.pack(((program, str(directory)), command, variables))
            answers = self.ask(wire.START, body, [silence, output])
        except ValueError as error:
            raise UnavailableError(f"'{command[0]}' can't be started: {error}") from error
        finally:
            os.close(silence)
        await self.until(answers.first)
        if answers.failure is not None:
            raise UnavailableError(f"'{command[0]}' can't be started: {_reason(answers.failure)}")
        return answers

    def look(self) -> None:
        """Take in what the keeper has said so far."""
        while not self._gone and select.select([self._socket], [], [], 0)[0]:
            self._receive()

    async def listen(self, port: int, host: str = "127.0.0.1", kind: str = "tcp") -> socket.socket:
        """A socket that listens inside the job's network. Raises ``UnavailableError`` when the port is taken."""
        return await self._listen(kind, host, port, f"port {port} of the job")

    async def listen_named(self, name: str) -> socket.socket:
        """A socket that listens at an abstract name of the job's network. Raises ``UnavailableError``."""
        return await self._listen("unix", name, 0, f"the name '{name}' of the job")

    async def _listen(self, kind: str, host: str, port: int, what: str) -> socket.socket:
        answers = self.ask(wire.LISTEN, wire.pack(((kind, host),)), value=port)
        await self.until(answers.first)
        if answers.failure is not None or not answers.descriptors:
            reason = _reason(answers.failure) if answers.failure else "the job's keeper is gone"
            raise UnavailableError(f"{what} can't be listened on: {reason}")
        return socket.socket(fileno=answers.descriptors[0])

    async def end(self) -> None:
        """End every process of the job and wait until the last one is gone."""
        self._socket.close()
        self._gone = True
        with anyio.move_on_after(END_SECONDS):
            await anyio.wait_readable(self._life)
        os.close(self._life)

    def abandon(self) -> None:
        """Give up without waiting."""
        self._socket.close()
        os.close(self._life)


def send(connection: socket.socket, packets: Iterable[bytes], descriptors: Sequence[int] = ()) -> None:
    """Send the packets of one message; the descriptors travel with the first."""
    rights = list(descriptors)
    for packet in packets:
        socket.send_fds(connection, [packet], rights)
        rights = []


def _reason(failure: tuple[int, str]) -> str:
    code, message = failure
    return "its arguments and variables are too large" if code == errno.E2BIG else message
