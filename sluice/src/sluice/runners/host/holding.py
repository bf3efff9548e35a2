"""The engine's side of the processes that hold jobs: one spawner for a runner, one keeper for each job.

In: what a job's place shall be. Out: processes in it, as the runner's protocol wants them. It decides nothing about
which namespaces there are.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import shutil
import signal
import socket
import sys
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import anyio
from msgspec import Struct

import sluice
from sluice.runners.host import wire
from sluice.runners.host.output import PIPE_BYTES, Output, open_pipe
from sluice.runners.host.processes import ENGINE, engine_id
from sluice.source.errors import UnavailableError
from sluice.store.processes import identify

END_SECONDS = 10
_SEND_BUFFER = 1 << 20
_SPAWNER = "sluice.runners.host.inside.spawner"
_NAMING = (wire.READY, wire.STARTED)
"""The messages that name a process: the kernel puts its number on the machine beside them."""


class Place(Struct, frozen=True, kw_only=True):
    """What a keeper shall make. ``namespaces`` are ``user``, ``mount``, ``pid``, ``ipc``, ``network``.

    ``temp`` is put where ``/tmp`` is; of what is there only ``visible`` stays to be seen. ``files`` are put in the
    place of others (target, source). ``outside`` is (address pool, first slot, MTU) for a way out by NAT, or empty.
    """

    namespaces: tuple[str, ...]
    temp: Path
    visible: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    outside: tuple[str, ...] = ()

    def packed(self) -> bytes:
        """As the keeper reads it."""
        files = [path for pair in self.files for path in pair]
        return wire.pack((self.namespaces, (str(self.temp),), self.visible, files, self.outside))


class PlaceRefusedError(Exception):
    """The machine does not let a process have such a place."""


class Spawner:
    """The process that makes keepers; it ends when this object does, and when the engine is killed."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = str(Path(sluice.__file__).parent.parent)
        start = (
            f"import gc, sys; gc.disable(); sys.path.insert(0, {home!r}); import {_SPAWNER} as spawner; spawner.main()"
        )
        with theirs:
            process = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-c", start],
                {**os.environ, ENGINE: engine_id(*identify())},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
                setsid=True,
            )
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._socket = ours
        self.close = weakref.finalize(self, _end_spawner, ours, process)

    async def hold(self, place: Place) -> Holding:
        """A keeper for a job. Raises ``PlaceRefusedError`` with the machine's reason."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        life, held = os.pipe()
        holding = Holding(ours, life)
        try:
            send(self._socket, wire.packets(wire.OPEN, 0, body=place.packed()), [theirs.fileno(), held])
        finally:
            theirs.close()
            os.close(held)
        try:
            await holding.ready()
        except BaseException:
            holding.abandon()
            raise
        return holding


def _end_spawner(connection: socket.socket, process: int) -> None:
    connection.close()
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, 0)


def send(connection: socket.socket, packets: Iterable[bytes], descriptors: Sequence[int] = ()) -> None:
    """Send the packets of one message; the descriptors travel with the first."""
    rights = list(descriptors)
    for packet in packets:
        socket.send_fds(connection, [packet], rights)
        rights = []


class Holding:
    """A job's keeper, as long as the job lasts. Whoever waits for news reads for everybody."""

    def __init__(self, connection: socket.socket, life: int) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._socket = connection
        self._life = life
        self._assembler = wire.Assembler()
        self._reading = anyio.Lock()
        self._number = 0
        self._answers: dict[int, _Answers] = {0: _Answers()}
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

    def ask(self, kind: int, body: bytes, descriptors: Sequence[int] = (), value: int = 0) -> _Answers:
        """Send a request; what the keeper says to it will be in the answers."""
        self._number += 1
        answers = self._answers[self._number] = _Answers()
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
    ) -> _Answers:
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

    async def listen(self, port: int, host: str = "127.0.0.1") -> socket.socket:
        """A socket that listens inside the job's network. Raises ``UnavailableError`` when the port is taken."""
        return await self._listen("tcp", host, port, f"port {port} of the job")

    async def listen_named(self, name: str) -> socket.socket:
        """The same with an abstract name of the job's network instead of a port."""
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


def _reason(failure: tuple[int, str]) -> str:
    code, message = failure
    return "its arguments and variables are too large" if code == errno.E2BIG else message


class _Answers:
    """What a keeper said to one request."""

    def __init__(self) -> None:
        self.number = 0
        self.first = anyio.Event()
        self.ended = anyio.Event()
        self.killed = anyio.Event()
        self.failure: tuple[int, str] | None = None
        self.process = 0
        self.code = 0
        self.descriptors: list[int] = []

    def take(self, kind: int, value: int, body: bytes) -> None:
        """One message."""
        match kind:
            case wire.READY | wire.STARTED:
                self.process = value
            case wire.FAILED:
                self.failure = (value, body.decode("utf-8", "replace"))
            case wire.EXITED:
                self.code = value
                self.ended.set()
            case wire.KILLED:
                self.killed.set()
            case _:
                pass  # LISTENING: the descriptor is all there is to it
        self.first.set()

    def lose(self) -> None:
        """The keeper is gone, and every process with it."""
        if not self.first.is_set():
            self.failure = (errno.ESRCH, "the job's keeper is gone")
        if not self.ended.is_set():
            self.code = 128 + signal.SIGKILL
        for event in (self.first, self.ended, self.killed):
            event.set()


class HeldProcess:
    """A process tree in a job's place; ``pid`` is its number on the machine."""

    def __init__(self, holding: Holding, answers: _Answers, reader: int) -> None:
        self._holding = holding
        self._answers = answers
        self._output = Output(reader, answers.ended.is_set, self._wait_for_end)
        self.pid = answers.process

    async def _wait_for_end(self) -> None:
        await self._holding.until(self._answers.ended)

    async def read(self, limit: int = PIPE_BYTES) -> bytes:
        """The next bytes of its output; ``b''`` at the end, or soon after the process ended."""
        return await self._output.read(limit)

    async def wait(self) -> int:
        """Its exit code; a signal ``n`` is ``128 + n``, a keeper that was killed counts as SIGKILL."""
        await self._wait_for_end()
        self.close()
        return self._answers.code

    def close(self) -> None:
        """Give its pipe back."""
        self._output.close()

    def signal(self, number: int) -> None:
        """To the whole group."""
        self._holding.tell(wire.SIGNAL, self._answers.number, number)

    async def kill_tree(self) -> None:
        """End it and every descendant, also those that left its group."""
        self._holding.tell(wire.KILL_TREE, self._answers.number, 0)
        await self._holding.until(self._answers.killed)


class HeldServer:
    """A server in a job's place."""

    def __init__(self, holding: Holding, answers: _Answers) -> None:
        self._holding = holding
        self._answers = answers
        self.pid = answers.process

    def exit_code(self) -> int | None:
        """Its exit code, or ``None`` while it runs."""
        self._holding.look()
        return self._answers.code if self._answers.ended.is_set() else None

    async def wait(self) -> int:
        """Its exit code once it has ended; a signal ``n`` is ``128 + n``."""
        await self._holding.until(self._answers.ended)
        return self._answers.code

    def signal(self, number: int) -> None:
        """To the whole group."""
        self._holding.tell(wire.SIGNAL, self._answers.number, number)
